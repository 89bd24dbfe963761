use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use store::{
    CommitId, Draft, ExportFormat, Head, LocalOptions, Log, Record, Seq, backup, export, import,
    restore, verify_folder,
};
use uuid::Uuid;

use crate::support::{PATIENCE, small_segments};

/// The log of every sample of format 1.
const HEAD: (u64, &str) = (18, "0d817e545433efdc013f7e06d3a0865520f6a94e30e2d56f8efc481d0a772089");

/// A folder with packed segments and one that is not, a backup of it, and both exports. Written once,
/// by the release that brought the format, with this variable set; never again.
const WRITE: &str = "LIANZHU_TEST_WRITE_SAMPLES";

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/1")
}

fn on(_: Seq) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn sample_draft(at: u64) -> Draft {
    let record = |payload: &[u8]| Record {
        kind: "Said".into(),
        version: 1,
        payload: payload.to_vec().into(),
        keys: vec![[u8::try_from(at).unwrap(); 16]],
    };
    let text = format!(r#"{{"text":"连珠 {at}","long":"{}"}}"#, "串".repeat(90));
    Draft {
        id: CommitId::new(Uuid::from_u128(u128::from(at) + 1)),
        idempotency_key: at.is_multiple_of(2).then(|| format!("key {at}")),
        actor: "sample".to_owned(),
        recorded_at_ms: 1_748_246_400_000 + i64::try_from(at).unwrap(),
        records: vec![record(text.as_bytes()), record(&[0xff, 0, 0x80])],
    }
}

async fn sample_log(folder: &Path, options: LocalOptions) -> Head {
    let log = Log::open(folder, options).unwrap();
    for at in 0..9 {
        log.append(None, sample_draft(at)).await.unwrap();
    }
    let head = log.head();
    log.close().await.unwrap();
    head
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copied(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

fn count(folder: &Path, ending: &str) -> usize {
    let entries = fs::read_dir(folder.join("journal")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(ending)).count()
}

async fn write_samples() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    sample_log(&log, LocalOptions { compress_finished: true, ..small_segments() }).await;
    let open = Log::open(&log, LocalOptions { compress_finished: true, ..small_segments() });
    let since = Instant::now();
    while count(&log, ".seg") > 1 {
        assert!(since.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(5));
    }
    open.unwrap().close().await.unwrap();
    let to = samples();
    backup(&log, &to.join("backup"), "2025-05-26T08:00:00Z", &mut on).unwrap();
    fs::remove_file(to.join("backup/lock")).unwrap();
    copied(&log.join("journal"), &to.join("log/journal"));
    fs::copy(log.join("HEAD"), to.join("log/HEAD")).unwrap();
    for (format, name) in
        [(ExportFormat::Segments, "log.lzx"), (ExportFormat::Ndjson, "log.ndjson")]
    {
        let mut out = Vec::new();
        export(&log, format, Seq::ZERO, &mut out, &mut on).unwrap();
        fs::write(to.join(name), out).unwrap();
    }
}

/// Promise 10: opened twice, for what the first opening made of it.
#[tokio::test]
async fn samples_of_format_1_are_opened_twice() {
    if std::env::var_os(WRITE).is_some() {
        write_samples().await;
    }
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let fresh = sample_log(&at("fresh"), small_segments()).await;
    assert_eq!((fresh.seq.get(), fresh.hash.to_string().as_str()), HEAD);

    copied(&samples().join("log"), &at("log"));
    assert!(count(&at("log"), ".segz") >= 2);
    for (name, to) in [("log.lzx", "from segments"), ("log.ndjson", "from lines")] {
        let bytes = fs::read(samples().join(name)).unwrap();
        import(&mut &bytes[..], &at(to), &mut on).unwrap();
    }
    copied(&samples().join("backup"), &at("backup"));
    restore(&at("backup"), &at("restored"), &mut on).unwrap();
    let expected: Vec<_> = Log::open(&at("fresh"), small_segments())
        .unwrap()
        .read(Seq::ZERO)
        .map(Result::unwrap)
        .collect();
    for folder in ["log", "from segments", "from lines", "restored"] {
        for _ in 0..2 {
            let log = Log::open(&at(folder), small_segments()).unwrap();
            let commits: Vec<_> = log.read(Seq::ZERO).map(Result::unwrap).collect();
            assert!(commits == expected, "{folder}");
            log.close().await.unwrap();
            assert!(verify_folder(&at(folder), |_| {}).unwrap().is_sound(), "{folder}");
        }
    }
    // What is written for people stays the same to the letter.
    let mut lines = Vec::new();
    export(&at("fresh"), ExportFormat::Ndjson, Seq::ZERO, &mut lines, &mut on).unwrap();
    assert!(lines == fs::read(samples().join("log.ndjson")).unwrap());
}
