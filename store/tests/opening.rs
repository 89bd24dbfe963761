use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use store::{Head, LocalOptions, Log, Mended, OpenError, verify_folder};

use crate::support::{PATIENCE, draft, small_segments};

#[tokio::test]
async fn a_second_opening_is_refused_and_names_the_holder() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    let locked = |dir: &Path| match Log::open(dir, small_segments()) {
        Err(OpenError::Locked { folder, holder }) => {
            assert_eq!(folder, dir);
            holder
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(locked(dir.path()), None);
    log.announce("http://127.0.0.1:7700\nand more").unwrap();
    assert_eq!(locked(dir.path()).as_deref(), Some("http://127.0.0.1:7700 and more"));
    assert!(matches!(verify_folder(dir.path(), |_| {}), Err(OpenError::Locked { .. })));
    log.append(None, draft(&["still works"])).await.unwrap();
    log.close().await.unwrap();
    let again = Log::open(dir.path(), small_segments()).unwrap();
    assert_eq!(locked(dir.path()), None, "the old announcement is over");
    drop(again);
}

#[tokio::test]
async fn a_folder_that_was_never_completed_is_an_empty_log() {
    let absent = tempfile::tempdir().unwrap().path().join("nothing");
    let empty = tempfile::tempdir().unwrap();
    let begun = tempfile::tempdir().unwrap();
    fs::create_dir(begun.path().join("journal")).unwrap();
    fs::write(begun.path().join("journal/00000000000000000001.seg"), "lianzhu").unwrap();
    fs::write(begun.path().join("HEAD"), "").unwrap();
    for path in [absent.as_path(), empty.path(), begun.path()] {
        let report = verify_folder(path, |_| {}).unwrap();
        assert!(report.is_sound(), "{:?}", report.faults);
        assert_eq!((report.head, report.commits), (Head::EMPTY, 0));
    }
    assert!(!absent.exists(), "verify makes nothing");
    let log = Log::open(begun.path(), small_segments()).unwrap();
    assert!(matches!(log.mended(), [Mended::SegmentBegunAgain { .. }]));
    log.append(None, draft(&["a"])).await.unwrap();
}

#[tokio::test]
async fn head_follows_when_the_writer_rests() {
    let dir = tempfile::tempdir().unwrap();
    let options = LocalOptions { head_interval: Duration::from_millis(20), ..small_segments() };
    let log = Log::open(dir.path(), options).unwrap();
    let written = |dir: &Path| fs::read(dir.join("HEAD")).unwrap();
    log.append(None, draft(&["a"])).await.unwrap();
    log.append(None, draft(&["b"])).await.unwrap();
    let hash = *log.head().hash.as_bytes();
    let since = Instant::now();
    while !written(dir.path()).windows(32).any(|window| window == hash) {
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(since.elapsed() < PATIENCE, "HEAD never followed");
    }
}

#[tokio::test]
async fn an_index_whose_file_is_let_go_late_is_not_taken_for_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    log.append(None, draft(&["a"])).await.unwrap();
    log.close().await.unwrap();
    // As sled's own threads do for a while after its last handle is dropped.
    let held = fs::File::open(dir.path().join("index/db")).unwrap();
    held.lock().unwrap();
    let holder = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(80));
        drop(held);
    });
    let log = Log::open(dir.path(), small_segments()).unwrap();
    assert_eq!(log.mended(), []);
    holder.join().unwrap();
}
