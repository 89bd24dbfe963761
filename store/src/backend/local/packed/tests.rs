use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::position::{Hash32, Head, Seq};

fn standing(seq: u64) -> Standing {
    let head = Head { seq: Seq::new(seq), hash: Hash32::new([3; 32]) };
    Standing { head, commits: seq, ..Standing::default() }
}

fn header() -> Header {
    Header { epoch: 2, first: Seq::new(7), prev_hash: Hash32::new([9; 32]) }
}

/// A segment of `len` bytes behind its header: some that shrink, some that do not.
fn original(len: usize, seed: u64) -> Vec<u8> {
    let mut raw = header().to_bytes().to_vec();
    let mut state = seed | 1;
    raw.extend((0..len).map(|at| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if at / 5_000 % 2 == 0 { b'x' } else { state.to_le_bytes()[7] }
    }));
    raw
}

fn packed(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    pack(raw, standing(9), &mut out, || Ok(())).unwrap();
    compare(&out[..], raw).unwrap();
    out
}

#[test]
fn unpacking_gives_back_what_was_packed() {
    for len in [0, 1, BLOCK_BYTES - 64, BLOCK_BYTES - 63, 3 * BLOCK_BYTES + 77] {
        let raw = original(len, 5);
        let packed = packed(&raw);
        let unpacked = unpack(&packed);
        assert!(unpacked.raw == raw, "{len} bytes");
        assert_eq!((unpacked.end, unpacked.damage), (Some(standing(9)), vec![]));
        assert_eq!(parse_header(&packed), Ok(header()));
    }
}

#[test]
fn one_changed_byte_is_told_and_costs_at_most_one_block() {
    let raw = original(3 * BLOCK_BYTES, 11);
    let whole = packed(&raw);
    let places = (0..whole.len()).step_by(16_001).chain(0..100);
    let places = places.chain(whole.len() - END_BYTES..whole.len());
    for at in places {
        let mut hurt = whole.clone();
        hurt[at] ^= 0x20;
        let unpacked = unpack(&hurt);
        assert!(!unpacked.damage.is_empty(), "byte {at}");
        assert_eq!(unpacked.raw.len(), raw.len(), "byte {at}");
        let blocks = unpacked.raw.chunks(BLOCK_BYTES).zip(raw.chunks(BLOCK_BYTES));
        let lost: Vec<_> = blocks.filter(|(one, other)| one != other).collect();
        assert!(lost.len() <= 1, "byte {at}");
        for (block, original) in lost {
            let known = if block[..64] == original[..64] { 64 } else { 0 };
            assert!(block[known..].iter().all(|byte| *byte == 0), "byte {at}");
        }
        assert!(compare(&hurt[..], &raw[..]).is_err(), "byte {at}");
    }
}

#[test]
fn what_is_cut_swapped_or_repeated_is_told() {
    let raw = original(2 * BLOCK_BYTES, 3);
    let whole = packed(&raw);
    for len in (0..whole.len()).step_by(9_973) {
        let unpacked = unpack(&whole[..len]);
        assert!(!unpacked.damage.is_empty(), "{len} bytes");
        assert!(raw.starts_with(&unpacked.raw), "{len} bytes");
    }
    let first = whole_block(&whole, HEADER_BYTES, &mut Sums::default()).unwrap().end;
    let second = whole_block(&whole, first, &mut Sums::default()).unwrap().end;
    let (one, two, rest) = (&whole[HEADER_BYTES..first], &whole[first..second], &whole[second..]);
    for order in [[two, one, rest], [one, one, rest], [two, two, rest]] {
        let hurt = [&whole[..HEADER_BYTES], order[0], order[1], order[2]].concat();
        assert!(!unpack(&hurt).damage.is_empty());
    }
}

#[test]
fn a_newer_format_is_told_from_damage() {
    let mut whole = packed(&original(10, 1));
    whole[8] = 7;
    let crc = crc32c::crc32c(&whole[..60]);
    whole[60..64].copy_from_slice(&crc.to_le_bytes());
    assert_eq!(parse_header(&whole), Err(BadHeader::Unknown(7)));
    let unpacked = unpack(&whole);
    assert!(unpacked.raw.is_empty() && unpacked.damage[0].contains("newer"), "{unpacked:?}");
}

#[test]
fn a_huge_claim_is_refused_before_anything_is_allocated() {
    let mut block = block_head(BLOCK_BYTES as u64 * (1 << 40), 1, b"x").unwrap();
    block.push(b'x');
    assert!(whole_block(&block, 0, &mut Sums::default()).is_none());
    assert_eq!(parse_end(&end_bytes(MAX_RAW_BYTES + 1, standing(1))), None);
    let mut bytes = header_bytes(header()).to_vec();
    bytes.extend(end_bytes(MAX_RAW_BYTES + 1, standing(1)));
    assert!(unpack(&bytes).raw.is_empty());
}

proptest! {
    #[test]
    fn unpacking_any_bytes_ends_without_a_panic(
        bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(0xf7), Just(b'L'), Just(b'Z'), Just(b'b'), Just(0)],
            0..400),
        with_header in any::<bool>(),
    ) {
        let head: &[u8] = if with_header { &header_bytes(header()) } else { &[] };
        let bytes = Bytes::from([head, &bytes].concat());
        let unpacked = unpack(&bytes);
        prop_assert!(!unpacked.damage.is_empty());
        parse_header(&bytes).ok();
        parse_end(&bytes);
    }

    #[test]
    fn any_original_survives(len in 0..5_000_usize, seed in any::<u64>()) {
        let raw = original(len, seed);
        let unpacked = unpack(&packed(&raw));
        prop_assert!(unpacked.raw == raw);
        prop_assert_eq!(unpacked.damage, Vec::<String>::new());
    }
}
