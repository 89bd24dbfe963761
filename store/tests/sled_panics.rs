use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use store::{AppendError, CommitId, Draft, LocalOptions, Log, Mended, Seq, verify_folder};
use uuid::Uuid;

use crate::support::{PATIENCE, draft, small_segments, texts_after};

const FOLDER: &str = "LIANZHU_TEST_SLED_FOLDER";
const HURT: &str = "LIANZHU_TEST_SLED_HURT";
/// Runs one of the tests below in a process of its own, for a panic in sled's pool stops every log
/// of a process; tells what it said. Pipes hold little on some machines, so it is listened to all
/// the while.
fn run_apart(test: &str, folder: &Path, hurt: &str) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder)
        .env(HURT, hurt)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (out, err) = (listen(child.stdout.take()), listen(child.stderr.take()));
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begin.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{test}, {hurt}: it hangs");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let told = out.join().unwrap() + &err.join().unwrap();
    assert!(status.success(), "{test}, {hurt}: {told}");
    told
}

/// Reads to the end, on a thread of its own.
fn listen(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut told = String::new();
        pipe.unwrap().read_to_string(&mut told).unwrap();
        told
    })
}

/// A draft whose id no other process has used: theirs all count from one.
fn anew(text: &str) -> Draft {
    let process = u128::from(std::process::id());
    Draft { id: CommitId::new(Uuid::from_u128(process << 64 | 0xff)), ..draft(&[text]) }
}

fn folder_of_child() -> Option<std::path::PathBuf> {
    std::env::var_os(FOLDER).map(Into::into)
}

/// In a process of its own: a thread that bears the name of one of sled's panics.
#[tokio::test]
async fn child_with_a_panic_on_a_thread_of_sleds() {
    let Some(folder) = folder_of_child() else { return };
    let log = Log::open(&folder, small_segments()).unwrap();
    log.append(None, draft(&["one"])).await.unwrap();
    let thread = std::thread::Builder::new().name("sled-io-77".to_owned());
    thread.spawn(|| panic!("page 7 is gone")).unwrap().join().unwrap_err();
    match log.append(None, draft(&["two"])).await {
        Err(AppendError::ReadOnly { reason }) => {
            assert!(reason.contains("sled panicked on a thread of its own: page 7"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert!(log.metrics().read_only.is_some());
    // The journal goes on answering readers.
    assert_eq!(texts_after(&log, 0).len(), 1);
    assert!(log.commit_at(Seq::new(1)).unwrap().is_some());
    log.close().await.ok();
}

#[tokio::test]
async fn a_panic_on_a_thread_of_sleds_stops_the_log_and_rebuilds_the_index() {
    let dir = tempfile::tempdir().unwrap();
    let name = "sled_panics::child_with_a_panic_on_a_thread_of_sleds";
    let told = run_apart(name, dir.path(), "");
    assert!(!told.contains("panicked at"), "it is told in our words only: {told}");
    let log = Log::open(dir.path(), small_segments()).unwrap();
    match log.mended() {
        [Mended::IndexRebuilt { set_aside: Some(aside), why }] => {
            assert!(aside.exists() && why.contains("page 7 is gone"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(texts_after(&log, 0).len(), 1);
    assert!(!log.append(None, anew("two")).await.unwrap().duplicate);
    log.close().await.unwrap();
    assert_eq!(Log::open(dir.path(), small_segments()).unwrap().mended(), []);
}

/// Hurts sled's main file behind its back.
fn hurt(db: &Path, how: &str) {
    let file = OpenOptions::new().write(true).open(db).unwrap();
    let len = file.metadata().unwrap().len();
    match how {
        "zeros" => {
            for at in (0..len).step_by(4_096) {
                file.write_all_at(&[0; 64], at).unwrap();
            }
        }
        "noise" => {
            for at in (0..len).step_by(1_000) {
                file.write_all_at(&[0xa5, 0x5a, 0xff, 0x03, 0x80], at).unwrap();
            }
        }
        "cut" => file.set_len(len / 3).unwrap(),
        "empty" => file.set_len(0).unwrap(),
        other => panic!("{other}"),
    }
}

/// Enough that sled must read its file again: its cache is the smallest.
const COMMITS: usize = 600;

fn smallest_cache() -> LocalOptions {
    LocalOptions { index_cache_bytes: 256, segment_bytes: 64 << 10, ..small_segments() }
}

fn text(at: usize) -> String {
    let mut noise = oorandom::Rand64::new(at as u128);
    let noise: String = (0..200).map(|_| format!("{:016x}", noise.rand_u64())).collect();
    format!("text {at} {noise}")
}

/// In a process of its own: sled's file is hurt while the log is open, and then it is used on.
#[tokio::test]
async fn child_whose_index_is_hurt() {
    let (Some(folder), Ok(how)) = (folder_of_child(), std::env::var(HURT)) else { return };
    let log = Log::open(&folder, smallest_cache()).unwrap();
    let mut out = std::io::stdout();
    for at in 0..COMMITS {
        if at == COMMITS / 2 {
            hurt(&folder.join("index/db"), &how);
        }
        match log.append(None, draft(&[text(at).as_str()])).await {
            Ok(told) => writeln!(out, "acknowledged {at} {}", told.head.hash).unwrap(),
            Err(AppendError::Unknown | AppendError::ReadOnly { .. }) => {}
            Err(AppendError::Corrupt { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    // Whatever sled makes of it, readers get what was written.
    let texts = texts_after(&log, 0);
    for (at, (_, texts)) in texts.iter().enumerate() {
        assert!(texts[0].starts_with(&format!("text {at} ")));
    }
    log.close().await.ok();
}

#[tokio::test]
async fn an_index_that_is_hurt_under_a_running_log_loses_nothing_and_hangs_nowhere() {
    for how in ["zeros", "noise", "cut", "empty"] {
        let dir = tempfile::tempdir().unwrap();
        let told = run_apart("sled_panics::child_whose_index_is_hurt", dir.path(), how);
        let log = Log::open(dir.path(), smallest_cache()).unwrap();
        let hashes: Vec<String> =
            log.read(Seq::ZERO).map(|commit| commit.unwrap().hash.to_string()).collect();
        let acknowledged: Vec<Vec<&str>> = told
            .lines()
            .filter_map(|line| line.split_once("acknowledged "))
            .map(|(_, rest)| rest.split(' ').collect())
            .collect();
        assert!(acknowledged.len() >= COMMITS / 2, "{how}: {}", acknowledged.len());
        for one in &acknowledged {
            let at: usize = one[0].parse().unwrap();
            assert_eq!(hashes[at], one[1], "{how}: commit {at}");
        }
        assert!(!log.append(None, anew("goes on")).await.unwrap().duplicate);
        log.close().await.unwrap();
        let report = verify_folder(dir.path(), |_| {}).unwrap();
        assert!(report.is_sound(), "{how}: {:?}", report.faults);
        // And hurt again while it is closed.
        hurt(&dir.path().join("index/db"), how);
        let name = "sled_panics::child_that_opens_a_hurt_index";
        run_apart(name, dir.path(), &(acknowledged.len() + 1).to_string());
        let blobs = fs::read_dir(dir.path().join("index/blobs")).into_iter().flatten().count();
        assert_eq!(blobs, 0, "sled would never sync them");
    }
}

/// In a process of its own: opens, and finds everything.
#[tokio::test]
async fn child_that_opens_a_hurt_index() {
    let (Some(folder), Ok(at_least)) = (folder_of_child(), std::env::var(HURT)) else { return };
    let log = Log::open(&folder, smallest_cache()).unwrap();
    assert!(!log.mended().is_empty());
    let (found, at_least) = (texts_after(&log, 0).len(), at_least.parse::<usize>().unwrap());
    assert!(found >= at_least, "{found} of {at_least}, {:?}, {:?}", log.head(), log.mended());
    assert!(!log.append(None, anew("after")).await.unwrap().duplicate);
    log.close().await.unwrap();
}
