use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use bytes::BufMut;
use uuid::Uuid;

use super::*;
use crate::archive::{ExportFormat, export};
use crate::backend::Standing;
use crate::backend::local::head::HeadFile;
use crate::backend::local::segment::{put_commit, put_seal};
use crate::backend::local::{journal, packed};
use crate::checkpoint::{Checkpoint, LogId, SigningKey};
use crate::commit::{CommitId, Record};
use crate::disk::real::RealDisk;
use crate::position::{Head, Seq};

/// The most seeds of a target, and the most bytes of all of them.
const MAX_SEEDS: usize = 10;
const MAX_SEED_BYTES: u64 = 30_000;
/// Set to anything, it writes the seeds anew.
const RENEW: &str = "LIANZHU_RENEW_SEEDS";

type Check = fn(&[u8]);
/// Each target, and how far the bytes lie apart at which its seeds are cut and changed: what writes
/// to the disk takes larger steps.
const TARGETS: [(&str, Check, usize); 7] = [
    ("frame", frame, 1),
    ("segment", segment, 1),
    ("head", head, 1),
    ("checkpoint", checkpoint, 1),
    ("ndjson_import", ndjson_import, 40),
    ("export_file", export_file, 40),
    ("packed_segment", packed_segment, 1),
];

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target)
}

/// What a fuzzer starts from, replayed here on every change; findings are added to it.
#[test]
fn every_seed_holds() {
    for (target, check, step) in TARGETS {
        let (mut seen, mut total) = (0, 0);
        for entry in fs::read_dir(folder(target)).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            check(&bytes);
            // Each seed also cut, and with its first bytes changed.
            for at in (0..bytes.len().min(400)).step_by(step) {
                check(&bytes[..at]);
                let mut changed = bytes.clone();
                changed[at] ^= 0x41;
                check(&changed);
            }
            seen += 1;
            total += bytes.len() as u64;
        }
        assert!(0 < seen && seen <= MAX_SEEDS, "{target}: {seen} seeds");
        assert!(total <= MAX_SEED_BYTES, "{target}: {total} bytes of seeds");
    }
}

/// The seeds that are made, not found: the formats as they are written today.
#[test]
fn the_seeds_are_of_today() {
    let (one, two) = (stored(1, &["first"]), stored(2, &["第二", "third"]));
    let (_, body_one) = one.split_at(LINK_BYTES);
    let (_, body_two) = two.split_at(LINK_BYTES);
    let standing = |seq| Standing {
        head: Head { seq: Seq::new(seq), hash: Hash32::new([7; 32]) },
        commits: seq,
        first_recorded_at_ms: 1_000,
        last_recorded_at_ms: 2_000,
    };
    let header = Header { epoch: 1, first: Seq::new(1), prev_hash: Hash32::ZERO }.to_bytes();
    let mut sealed = header.to_vec();
    put_commit(&mut sealed, Seq::new(1), &one);
    put_commit(&mut sealed, Seq::new(1), &two);
    let open = sealed.clone();
    put_seal(&mut sealed, standing(3));
    let mut frames = open[HEADER_BYTES..].to_vec();
    frames.put_slice(b"\xf7LZc\xff\xff\xff\xffgarbage that begins like a frame");
    let mut seal = Vec::new();
    put_seal(&mut seal, standing(3));
    let slot = |counter, seq| {
        let bytes =
            [b"lzhead\x01\n", &u64::to_le_bytes(counter)[..], &1_u32.to_le_bytes()].concat();
        let mut slot = [&bytes[..], &standing(seq).to_bytes()].concat();
        slot.extend_from_slice(&crc32c::crc32c(&slot).to_le_bytes());
        slot
    };
    let mut both = slot(8, 21);
    both.resize(head::SLOT_STEP, 0);
    both.extend_from_slice(&slot(9, 22));
    let mut second = vec![0; head::SLOT_STEP];
    second.extend_from_slice(&slot(9, 22));
    let seeds = [
        ("frame/stored", &one[..]),
        ("frame/stored-two-records", &two),
        ("frame/body", body_one),
        ("frame/body-two-records", body_two),
        ("segment/finished", &sealed),
        ("segment/open", &open),
        ("segment/frames-and-garbage", &frames),
        ("segment/seal", &seal),
        ("head/both", &both),
        ("head/first", &slot(8, 21)),
        ("head/second", &second),
    ];
    seeds.into_iter().for_each(|(name, bytes)| is_of_today(name, bytes));
}

/// Of notes and keys.
#[test]
fn the_seeds_of_checkpoints_are_of_today() {
    let (key, log) = (SigningKey::from_seed(&[7; 32]), LogId::new(Hash32::new([0xab; 32])));
    let head = Head { seq: Seq::new(1_234), hash: Hash32::new([0x5c; 32]) };
    let note = Checkpoint { log, head, epoch: 1, signed_at_ms: 1_700_000_000_000 }.sign(&key);
    let witness = format!("{note}\u{2014} witness.example {}\n", "CQkJ".repeat(14));
    is_of_today("checkpoint/note", note.as_bytes());
    is_of_today("checkpoint/note-with-witness", witness.as_bytes());
    is_of_today("checkpoint/public-key", key.public(log).to_string().as_bytes());
    is_of_today("checkpoint/secret-key", key.secret_text().as_bytes());
    is_of_today("checkpoint/origin", log.to_string().as_bytes());
}

/// Of exports, taken from a small log.
#[test]
fn the_seeds_of_exports_are_of_today() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join(journal::FOLDER_NAME);
    fs::create_dir(&journal).unwrap();
    let mut raw = Header { epoch: 1, first: Seq::new(1), prev_hash: Hash32::ZERO };
    let mut bytes = raw.to_bytes().to_vec();
    let mut standing = Standing::default();
    let texts: [&[&str]; 3] = [&["{\"text\":\"连珠\"}"], &["null", "not JSON"], &["\"third\""]];
    for texts in texts {
        let stored = stored_after(standing.head, texts);
        put_commit(&mut bytes, standing.head.seq.next(), &stored);
        standing = standing.after(&frame::decode(&stored).unwrap());
    }
    let open = bytes.clone();
    put_seal(&mut bytes, standing);
    raw.first = standing.head.seq.next();
    raw.prev_hash = standing.head.hash;
    let mut second = raw.to_bytes().to_vec();
    let fifth = stored_after(standing.head, &["in the second segment"]);
    put_commit(&mut second, raw.first, &fifth);
    let mut packed = Vec::new();
    packed::pack(&bytes[..], standing, &mut packed, || Ok(())).unwrap();
    is_of_today("packed_segment/finished", &packed);
    is_of_today("packed_segment/original", &bytes);
    is_of_today("packed_segment/two-blocks", &{
        let mut two = packed.clone();
        two.splice(64..64, packed[64..packed.len() - packed::END_BYTES].to_vec());
        two
    });
    let head_path = dir.path().join(head::FILE_NAME);
    let mut head = HeadFile::open(&RealDisk, &head_path, Found::Absent, 1).unwrap();
    head.write(standing).unwrap();
    fs::write(journal::path_of(&journal, Seq::new(1)), &open).unwrap();
    is_of_today("ndjson_import/three", &exported(dir.path(), ExportFormat::Ndjson));
    is_of_today("export_file/open", &exported(dir.path(), ExportFormat::Segments));
    fs::write(journal::path_of(&journal, Seq::new(1)), &bytes).unwrap();
    fs::write(journal::path_of(&journal, raw.first), &second).unwrap();
    head.write(standing.after(&frame::decode(&fifth).unwrap())).unwrap();
    is_of_today("ndjson_import/four", &exported(dir.path(), ExportFormat::Ndjson));
    is_of_today("export_file/two-segments", &exported(dir.path(), ExportFormat::Segments));
}

fn exported(folder: &Path, format: ExportFormat) -> Vec<u8> {
    let mut out = Vec::new();
    export(folder, format, Seq::ZERO, &mut out, &mut |_| ControlFlow::Continue(())).unwrap();
    out
}

fn is_of_today(name: &str, bytes: &[u8]) {
    let path = folder(name);
    if std::env::var_os(RENEW).is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    let kept = fs::read(&path).unwrap_or_default();
    assert!(kept == bytes, "{name} is written otherwise today; if that is meant, set {RENEW}");
}

fn stored(first: u64, texts: &[&str]) -> Bytes {
    stored_after(Head { seq: Seq::new(first - 1), hash: Hash32::ZERO }, texts)
}

fn stored_after(before: Head, texts: &[&str]) -> Bytes {
    let first = before.seq.get() + 1;
    let record = |text: &&str| Record {
        kind: "Said".into(),
        version: 1,
        payload: text.as_bytes().to_vec().into(),
        keys: vec![[5; 16]],
    };
    let draft = Draft {
        id: CommitId::new(Uuid::from_u128(u128::from(first))),
        idempotency_key: (first == 2).then(|| "a key".to_owned()),
        actor: "tester".to_owned(),
        recorded_at_ms: 0,
        records: texts.iter().map(record).collect(),
    };
    let place =
        Place { epoch: 1, first: Seq::new(first), recorded_at_ms: 1_000, prev_hash: before.hash };
    Unplaced::encode(&draft).unwrap().place(place).0
}
