//! What must hold of what comes from outside: exports of both forms, and packed segments.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::Value;

use crate::archive::{ArchiveError, Carried, ExportFormat, export, hash_of_line, import};
use crate::backend::Standing;
use crate::backend::local::packed;
use crate::backend::local::segment::{HEADER_BYTES, Header};
use crate::position::{Hash32, Seq};

/// Before and behind the content of a packed block, and of a section; see `packed`, `segments`.
const BLOCK_HEAD_BYTES: usize = 24;
const EXPORT_HEAD_BYTES: usize = 80;
const SECTION_BYTES: usize = 16;
const CLOSE_BYTES: usize = 72;
/// No target needs a larger original, and each one is held several times.
const MAX_CLAIMED: u64 = 8 << 20;

/// An export for people: it becomes a log that goes out and in again unchanged, or leaves nothing.
pub fn ndjson_import(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), with_right_lines(bytes)] {
        taken_in_or_nothing(&bytes);
    }
}

/// An export file of segments: it becomes a log that goes out and in again unchanged, or leaves
/// nothing.
pub fn export_file(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), with_right_sections(bytes)] {
        taken_in_or_nothing(&bytes);
    }
}

/// A packed segment: unpacking tells every damage, and what is sound packs and unpacks to itself.
/// The same bytes as an original too.
pub fn packed_segment(bytes: &[u8]) {
    let mut right = bytes.to_vec();
    with_right_blocks(&mut right);
    for packed in [bytes.to_vec(), right] {
        let unpacked = packed::unpack(&packed);
        assert!(unpacked.raw.len() as u64 <= packed::MAX_RAW_BYTES);
        if let (Some(end), []) = (unpacked.end, &unpacked.damage[..])
            && unpacked.raw.len() as u64 <= MAX_CLAIMED
            && Header::parse(&unpacked.raw).is_ok()
        {
            packs_to_itself(&unpacked.raw, end);
        }
    }
    let mut original = bytes.to_vec();
    if let Some(header) = original.first_chunk_mut::<HEADER_BYTES>() {
        sign(header);
        if Header::parse(header).is_ok() {
            packs_to_itself(&original, Standing::default());
        }
    }
}

fn packs_to_itself(raw: &[u8], end: Standing) {
    let mut packed = Vec::new();
    let done = packed::pack(raw, end, &mut packed, || Ok(()));
    assert!(done.is_ok(), "{done:?}");
    let again = packed::unpack(&packed);
    assert!(again.raw == raw && again.end == Some(end), "it unpacks to something else");
    assert!(again.damage.is_empty(), "{:?}", again.damage);
    let compared = packed::compare(&packed[..], raw);
    assert!(compared.is_ok(), "{compared:?}");
}

fn taken_in_or_nothing(bytes: &[u8]) {
    let done = tempfile::tempdir().map(|dir| taken_in(bytes, dir.path()));
    assert!(matches!(done, Ok(Ok(()))), "{done:?}");
}

/// The error is one of carrying on with what was taken in.
fn taken_in(bytes: &[u8], dir: &Path) -> Result<(), ArchiveError> {
    let folder = dir.join("log");
    let Ok(carried) = take(bytes, &folder) else {
        let left = fs::read_dir(dir).map(Iterator::count).map_err(ArchiveError::Stream)?;
        assert_eq!(left, 0, "it was refused and left something");
        return Ok(());
    };
    for (format, name) in [(ExportFormat::Segments, "segments"), (ExportFormat::Ndjson, "lines")] {
        let (first, second) = (out(&folder, format)?, dir.join(name));
        let again = take(&first, &second)?;
        assert_eq!((again.head, again.commits), (carried.head, carried.commits));
        assert!(out(&second, format)? == first, "{name}: it goes out otherwise");
    }
    Ok(())
}

fn take(mut bytes: &[u8], folder: &Path) -> Result<Carried, ArchiveError> {
    import(&mut bytes, folder, &mut |_| ControlFlow::Continue(()))
}

fn out(folder: &Path, format: ExportFormat) -> Result<Vec<u8>, ArchiveError> {
    let mut out = Vec::new();
    export(folder, format, Seq::ZERO, &mut out, &mut |_| ControlFlow::Continue(()))?;
    Ok(out)
}

/// Lines of JSON, where each commit follows the one before and names its hash, and the last line
/// says where they end.
fn with_right_lines(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut next, mut commits, mut prev_hash) = (Vec::new(), 1, 0_u64, Hash32::ZERO);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Ok(Value::Object(mut fields)) = serde_json::from_slice(line) else {
            out.extend_from_slice(line);
            continue;
        };
        if let Some(Value::Object(end)) = fields.get_mut("end") {
            let last: u64 = next - 1;
            end.insert("seq".to_owned(), last.into());
            end.insert("hash".to_owned(), prev_hash.to_string().into());
            end.insert("commits".to_owned(), commits.into());
        }
        if let Some(Value::Array(events)) = fields.get("events") {
            let events = events.len() as u64;
            fields.insert("seq".to_owned(), next.into());
            fields.insert("prevHash".to_owned(), prev_hash.to_string().into());
            if let Some(hash) = hash_of_line(Value::Object(fields.clone()).to_string().as_bytes()) {
                fields.insert("hash".to_owned(), hash.to_string().into());
                (next, commits, prev_hash) = (next + events, commits + 1, hash);
            }
        }
        // The kind of a line shows in its first field, and the others come in any order.
        let text = match fields.remove("format") {
            Some(format) => {
                let rest = Value::Object(fields).to_string();
                let rest = rest.trim_start_matches('{');
                let comma = if rest == "}" { "" } else { "," };
                format!("{{\"format\":{format}{comma}{rest}\n")
            }
            None => format!("{}\n", Value::Object(fields)),
        };
        out.extend_from_slice(text.as_bytes());
    }
    out
}

/// Puts the checksums of an export file right, and of the packed segments in it. A length that says
/// too much becomes what is left before the close.
fn with_right_sections(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(head) = bytes.first_chunk_mut::<EXPORT_HEAD_BYTES>() {
        sign(head);
    }
    let mut at = EXPORT_HEAD_BYTES;
    while let Some(left) = bytes.get_mut(at..).filter(|left| left.len() >= SECTION_BYTES) {
        if let Some(close) = left.first_chunk_mut::<CLOSE_BYTES>().filter(|it| it[3] == b'f') {
            sign(close);
            break;
        }
        let (head, rest) = left.split_at_mut(SECTION_BYTES);
        let told = head[4..12].iter().rev().fold(0, |len: u64, byte| len << 8 | u64::from(*byte));
        let len = usize::try_from(told).unwrap_or(usize::MAX);
        let len = len.min(rest.len().saturating_sub(CLOSE_BYTES));
        head[4..12].copy_from_slice(&(len as u64).to_le_bytes());
        let crc = crc32c::crc32c(&head[..12]);
        head[12..].copy_from_slice(&crc.to_le_bytes());
        with_right_blocks(&mut rest[..len]);
        at += SECTION_BYTES + len;
    }
    bytes
}

/// Puts the checksums of a packed segment right: of its header, of each block that begins with a
/// mark, of its end.
fn with_right_blocks(bytes: &mut [u8]) {
    if let Some(header) = bytes.first_chunk_mut::<HEADER_BYTES>() {
        sign(header);
    }
    let split = bytes.len().saturating_sub(packed::END_BYTES);
    let (body, end) = bytes.split_at_mut(split);
    if let Some(end) = end.first_chunk_mut::<{ packed::END_BYTES }>() {
        sign(end);
    }
    let mut at = HEADER_BYTES;
    while let Some(left) = body.get_mut(at..).filter(|left| left.len() >= BLOCK_HEAD_BYTES) {
        if !left.starts_with(b"\xf7LZb") {
            at += 1;
            continue;
        }
        let (head, content) = left.split_at_mut(BLOCK_HEAD_BYTES);
        let told = head[16..20].iter().rev().fold(0, |len, byte| len << 8 | usize::from(*byte));
        let len = told.min(content.len());
        head[16..20].copy_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
        let crc = crc32c::crc32c_append(crc32c::crc32c(&head[4..20]), &content[..len]);
        head[20..].copy_from_slice(&crc.to_le_bytes());
        at += BLOCK_HEAD_BYTES + len;
    }
}

/// The last four bytes become the checksum of those before.
fn sign<const N: usize>(bytes: &mut [u8; N]) {
    let (text, sum) = bytes.split_at_mut(N - 4);
    sum.copy_from_slice(&crc32c::crc32c(text).to_le_bytes());
}
