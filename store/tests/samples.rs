//! Folders as released formats left them: `samples/vN` was written by the release that wrote that
//! format, and is never written again. Every one opens, and reads as it was written.

use std::fs;
use std::path::{Path, PathBuf};

use store::{
    CommitId, Draft, Hash32, IndexReport, Log, OpenError, Record, Seq, VerifyReport, verify_folder,
};
use uuid::Uuid;

use crate::support::small_segments;

/// Set to a name that is not there yet, the test writes that sample with today's release.
const MAKE: &str = "LIANZHU_MAKE_SAMPLE";
const COMMITS: u64 = 9;
/// sled's file is mostly zeros, so it is kept compressed.
const PACKED: &str = "zst";

fn sample(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(version)
}

/// The drafts of the sample: all fields, texts outside ASCII, a commit with and without a key.
fn drafts() -> impl Iterator<Item = Draft> {
    let record = |commit: u64, at: u64| Record {
        kind: if at == 0 { "DocumentRecorded" } else { "ClaimRecorded" }.into(),
        version: u16::try_from(at + 1).unwrap(),
        payload: format!("{{\"quote\":\"第{commit}条·{at}\",\"fill\":\"{}\"}}", "x".repeat(60))
            .into(),
        keys: (0..at).map(|key| [u8::try_from(key + commit).unwrap(); 16]).collect(),
    };
    (0..COMMITS).map(move |commit| Draft {
        id: CommitId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000 << 48 | u128::from(commit))),
        idempotency_key: commit.is_multiple_of(2).then(|| format!("键 {commit}")),
        actor: "样本".to_owned(),
        recorded_at_ms: 1_760_000_000_000 + i64::try_from(commit).unwrap() * 1_000,
        records: (0..=commit % 4).map(|at| record(commit, at)).collect(),
    })
}

async fn write(folder: &Path) {
    let log = Log::open(folder, small_segments()).unwrap();
    for draft in drafts() {
        log.append(None, draft).await.unwrap();
    }
    log.close().await.unwrap();
}

/// The file of the sample folder or of a laid out one, by its path from there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path).iter().map(|file| path.join(file)));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found.into_iter().map(|path| path.strip_prefix(folder).unwrap().to_owned()).collect()
}

fn make(folder: &Path, version: &str) {
    let target = sample(version);
    assert!(!target.exists(), "{version} is there; a sample is never written again");
    for path in files(folder) {
        let bytes = fs::read(folder.join(&path)).unwrap();
        let (path, bytes) = if path.starts_with("index") {
            (path.with_added_extension(PACKED), zstd::bulk::compress(&bytes, 19).unwrap())
        } else {
            (path, bytes)
        };
        if path == Path::new("lock") {
            continue;
        }
        let to = target.join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, bytes).unwrap();
    }
}

fn lay_out(version: &str) -> tempfile::TempDir {
    let (from, dir) = (sample(version), tempfile::tempdir().unwrap());
    for path in files(&from) {
        let bytes = fs::read(from.join(&path)).unwrap();
        let (path, bytes) = if path.extension().is_some_and(|ending| ending == PACKED) {
            (path.with_extension(""), zstd::bulk::decompress(&bytes, 8 << 20).unwrap())
        } else {
            (path, bytes)
        };
        let to = dir.path().join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, bytes).unwrap();
    }
    dir
}

fn is_sound(report: &VerifyReport) {
    assert!(report.is_sound(), "{:?}", report.faults);
    assert_eq!((report.commits, &report.index), (COMMITS, &IndexReport::Agrees));
}

fn reads_as_written(log: &Log) {
    let mut before = Hash32::ZERO;
    let mut drafts = drafts();
    for commit in log.read(Seq::ZERO) {
        let (commit, draft) = (commit.unwrap(), drafts.next().unwrap());
        assert_eq!(commit.prev_hash, before);
        before = commit.hash;
        let read = (commit.id, commit.idempotency_key, commit.actor, commit.recorded_at_ms);
        let wrote = (draft.id, draft.idempotency_key, draft.actor, draft.recorded_at_ms);
        assert_eq!((read, commit.records), (wrote, draft.records));
        assert_eq!(log.resolve(draft.id).unwrap().unwrap().first, commit.first);
    }
    assert!(drafts.next().is_none(), "it reads fewer commits than were written");
    assert_eq!(log.head().hash, before);
    assert!(log.resolve_key("键 4").unwrap().is_some());
    assert_eq!(log.events_of([8; 16]).unwrap().len(), 2);
}

#[tokio::test]
async fn promise_10_a_folder_of_the_first_format_opens_twice_and_takes_more() {
    if let Ok(version) = std::env::var(MAKE) {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path()).await;
        make(dir.path(), &version);
    }
    let dir = lay_out("v1");
    is_sound(&verify_folder(dir.path(), |_| {}).unwrap());
    for _ in 0..2 {
        let log = Log::open(dir.path(), small_segments()).unwrap();
        assert_eq!(log.mended(), [], "it is sound as it is");
        reads_as_written(&log);
        is_sound(&log.verify(|_| {}).unwrap());
        log.close().await.unwrap();
    }
    // It goes on where that release stopped, and an old id is known to today's.
    let log = Log::open(dir.path(), small_segments()).unwrap();
    let head = log.head();
    assert!(log.append(None, drafts().next().unwrap()).await.unwrap().duplicate);
    let more = Draft { id: CommitId::new(Uuid::from_u128(1)), ..drafts().next().unwrap() };
    let more = Draft { idempotency_key: None, ..more };
    assert_eq!(log.append(Some(head), more).await.unwrap().first, head.seq.next());
}

#[tokio::test]
async fn promise_10_the_first_format_is_still_written_to_the_byte() {
    let today = tempfile::tempdir().unwrap();
    write(today.path()).await;
    let journal = |folder: &Path| -> Vec<_> {
        let names = files(folder).into_iter().filter(|path| path.starts_with("journal"));
        names.map(|name| (fs::read(folder.join(&name)).unwrap(), name)).collect()
    };
    let (was, is) = (journal(&sample("v1")), journal(today.path()));
    assert_eq!(was.len(), 3);
    assert!(was == is, "the bytes of the journal have changed; give them a new version");
}

#[test]
fn promise_10_the_first_format_is_enough_without_the_index_and_head() {
    for gone in [&["index", "HEAD"][..], &["index"], &["HEAD"]] {
        let dir = lay_out("v1");
        for name in gone {
            let path = dir.path().join(name);
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
        }
        let log = Log::open(dir.path(), small_segments()).unwrap();
        reads_as_written(&log);
    }
}

/// Opens in vain, and tells the error; not a byte was changed.
fn refuses(folder: &Path) -> OpenError {
    let bytes = || -> Vec<_> {
        let names = files(folder).into_iter().filter(|path| path != Path::new("lock"));
        names.map(|path| (fs::read(folder.join(&path)).unwrap(), path)).collect()
    };
    let before = bytes();
    let refused = Log::open(folder, small_segments()).unwrap_err();
    assert!(bytes() == before, "it changed something and refused: {refused}");
    refused
}

#[test]
fn promise_10_a_newer_segment_is_refused_by_its_version_and_left_alone() {
    let segments: Vec<_> = files(&sample("v1"));
    for segment in segments.iter().filter(|path| path.starts_with("journal")) {
        let dir = lay_out("v1");
        // With an index, sled writes into it at opening.
        fs::remove_dir_all(dir.path().join("index")).unwrap();
        let path = dir.path().join(segment);
        let mut bytes = fs::read(&path).unwrap();
        bytes[8..10].copy_from_slice(&700_u16.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..60]);
        bytes[60..64].copy_from_slice(&crc.to_le_bytes());
        fs::write(&path, bytes).unwrap();
        let refused = refuses(dir.path());
        assert!(refused.to_string().contains("format version 700"), "{refused}");
        match refused {
            OpenError::UnknownVersion { version, newest, .. } => {
                assert_eq!((version, newest), (700, 1));
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn promise_10_a_commit_of_a_newer_layout_is_refused_by_its_version_and_left_alone() {
    let dir = lay_out("v1");
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    let last = files(dir.path()).into_iter().rfind(|path| path.starts_with("journal")).unwrap();
    let path = dir.path().join(last);
    let mut bytes = fs::read(&path).unwrap();
    // The first frame of the last segment: as a newer release would write it, all sums right.
    let len = usize::try_from(u32::from_le_bytes(*bytes[68..].first_chunk().unwrap())).unwrap();
    let (head, payload) = bytes[64..84 + len].split_at_mut(20);
    payload[64] = 2;
    let hash = blake3::hash(&[&payload[..32], &payload[64..]].concat());
    payload[32..64].copy_from_slice(hash.as_bytes());
    let crc = crc32c::crc32c(&[&head[4..16], payload].concat());
    head[16..].copy_from_slice(&crc.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let refused = refuses(dir.path()).to_string();
    assert!(refused.contains("commit layout 2 is newer than this release"), "{refused}");
}
