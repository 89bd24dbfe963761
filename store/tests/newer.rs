use std::fs;
use std::path::{Path, PathBuf};

use store::{Log, OpenError, RepairOptions, folder_info, repair_folder, verify_folder};

use crate::support::{draft, small_segments};

/// A closed log of several segments and no index, so that opening it in vain writes nothing of sled's.
async fn journal_alone() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    for at in 0..9 {
        let text = format!("text {at} {}", "x".repeat(200));
        log.append(None, draft(&[&text, "second"])).await.unwrap();
    }
    log.close().await.unwrap();
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    dir
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("journal")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 3, "{paths:?}");
    paths
}

/// Opens in vain, and tells the error; not a byte of the journal or of HEAD was changed.
fn refuses(folder: &Path) -> OpenError {
    let bytes = || -> Vec<_> {
        let paths = segments(folder).into_iter().chain([folder.join("HEAD")]);
        paths.map(|path| (fs::read(&path).unwrap(), path)).collect()
    };
    let before = bytes();
    let refused = Log::open(folder, small_segments()).unwrap_err();
    assert!(bytes() == before, "it changed something and refused: {refused}");
    refused
}

/// Promise 10: whichever segment a newer release wrote.
#[tokio::test]
async fn a_newer_segment_is_refused_by_its_version_and_left_alone() {
    for at in 0..3 {
        let dir = journal_alone().await;
        let path = &segments(dir.path())[at];
        let mut bytes = fs::read(path).unwrap();
        bytes[8..10].copy_from_slice(&700_u16.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..60]);
        bytes[60..64].copy_from_slice(&crc.to_le_bytes());
        fs::write(path, bytes).unwrap();
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

/// Promise 10: a segment of today's format that holds a commit of a newer layout.
#[tokio::test]
async fn a_commit_of_a_newer_layout_is_refused_by_its_version_and_left_alone() {
    let dir = journal_alone().await;
    let path = segments(dir.path()).pop().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // The first frame of the last segment, as a newer release would write it: all sums are right.
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

/// Promise 10: HEAD, whether a newer release has written one of its slots by now or both.
#[tokio::test]
async fn a_newer_head_is_refused_by_its_version_and_left_alone() {
    for slots in [&[0][..], &[512], &[0, 512]] {
        let dir = journal_alone().await;
        let path = dir.path().join("HEAD");
        let mut bytes = fs::read(&path).unwrap();
        bytes.resize(512 + 88, 0);
        for at in slots {
            let slot = &mut bytes[*at..*at + 88];
            slot[..8].copy_from_slice(b"lzhead\x07\n");
            let crc = crc32c::crc32c(&slot[..84]);
            slot[84..].copy_from_slice(&crc.to_le_bytes());
        }
        fs::write(&path, &bytes).unwrap();
        let refused = refuses(dir.path());
        assert!(
            matches!(refused, OpenError::UnknownVersion { version: 7, newest: 1, .. }),
            "{refused}"
        );
        let told = verify_folder(dir.path(), |_| {}).unwrap_err();
        assert!(matches!(told, OpenError::UnknownVersion { version: 7, .. }), "{told}");
        let told = repair_folder(dir.path(), &RepairOptions::default(), |_| {}).unwrap_err();
        assert!(matches!(told, OpenError::UnknownVersion { version: 7, .. }), "{told}");
        let told = folder_info(dir.path()).unwrap_err().to_string();
        assert!(told.contains("format version 7"), "{told}");
        assert!(fs::read(&path).unwrap() == bytes);
    }
}
