use std::fs;
use std::path::{Path, PathBuf};

use bytes::BufMut;
use uuid::Uuid;

use super::*;
use crate::backend::Standing;
use crate::backend::local::segment::{put_commit, put_seal};
use crate::commit::{CommitId, Record};
use crate::position::{Head, Seq};

/// The most seeds of a target, and the most bytes of all of them.
const MAX_SEEDS: usize = 20;
const MAX_SEED_BYTES: u64 = 50_000;
/// Set to anything, it writes the seeds anew.
const RENEW: &str = "LIANZHU_RENEW_SEEDS";

type Check = fn(&[u8]);
const TARGETS: [(&str, Check); 3] = [("frame", frame), ("segment", segment), ("head", head)];

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target)
}

/// What a fuzzer starts from, replayed here on every change; findings are added to it.
#[test]
fn every_seed_holds() {
    for (target, check) in TARGETS {
        let (mut seen, mut total) = (0, 0);
        for entry in fs::read_dir(folder(target)).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            check(&bytes);
            // Each seed also cut, and with each of its first bytes changed.
            for at in 0..bytes.len().min(400) {
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
    for (name, bytes) in [
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
    ] {
        let path = folder(name);
        if std::env::var_os(RENEW).is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
        }
        let kept = fs::read(&path).unwrap_or_default();
        assert!(kept == bytes, "{name} is written otherwise today; if that is meant, set {RENEW}");
    }
}

fn stored(first: u64, texts: &[&str]) -> Bytes {
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
        Place { epoch: 1, first: Seq::new(first), recorded_at_ms: 1_000, prev_hash: Hash32::ZERO };
    Unplaced::encode(&draft).unwrap().place(place).0
}
