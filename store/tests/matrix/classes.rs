use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::Path;

use super::master::{Changed, Master};

/// A way to hurt a part of a file, or all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hurt {
    /// One bit in the middle.
    Flip,
    Zero,
    /// The file ends where the part begins.
    Cut,
    /// The part stands twice.
    Twice,
    /// The file is gone.
    Delete,
    /// It changes places with the one after it; the last one with the first.
    Swap,
    /// It stands a second time, under a name inside its first commit.
    CopyInside,
    /// It stands a second time, under the name of its second commit.
    CopyBetween,
    Empty,
}

const OF_PARTS: [Hurt; 4] = [Hurt::Flip, Hurt::Zero, Hurt::Cut, Hurt::Twice];
const OF_SEGMENTS: [Hurt; 5] =
    [Hurt::Delete, Hurt::Empty, Hurt::Swap, Hurt::CopyInside, Hurt::CopyBetween];
const OF_FILES: [Hurt; 2] = [Hurt::Delete, Hurt::Empty];

impl Hurt {
    pub(super) fn name(self) -> &'static str {
        match self {
            Hurt::Flip => "flip a bit",
            Hurt::Zero => "zero it",
            Hurt::Cut => "cut the file here",
            Hurt::Twice => "write it twice",
            Hurt::Delete => "delete",
            Hurt::Swap => "swap with the next",
            Hurt::CopyInside => "copy, named inside a commit",
            Hurt::CopyBetween => "copy, named between commits",
            Hurt::Empty => "empty",
        }
    }
}

/// A class of bytes.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// How the file is called in the table.
    pub(super) file: String,
    pub(super) part: String,
    /// From the folder of the log.
    pub(super) path: String,
    /// Whether finished segments are packed in the log that is hurt.
    pub(super) is_packed: bool,
    /// `None`: the whole file.
    bytes: Option<Range<usize>>,
    /// The file with which it changes places.
    next: Option<String>,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}), {}", self.file, self.path, self.part)
    }
}

impl Class {
    pub(super) fn hurts(&self) -> &'static [Hurt] {
        match (&self.bytes, &self.next) {
            (Some(_), _) => &OF_PARTS,
            (None, Some(_)) => &OF_SEGMENTS,
            (None, None) => &OF_FILES,
        }
    }

    /// Hurts the file in a folder. `None` when that changes nothing.
    pub(super) fn apply(&self, hurt: Hurt, folder: &Path) -> Option<Changed> {
        let path = folder.join(&self.path);
        // With the other copy gone, a file of that copy is not there to be hurt.
        let whole = fs::read(&path).ok()?;
        let part = self.bytes.clone().unwrap_or(0..whole.len());
        let mut bytes = whole.clone();
        match hurt {
            Hurt::Flip => bytes[part.start.midpoint(part.end)] ^= 0x10,
            Hurt::Zero => bytes[part].fill(0),
            Hurt::Cut => bytes.truncate(part.start),
            Hurt::Twice => {
                let again = whole[part.clone()].to_vec();
                bytes.splice(part.end..part.end, again);
            }
            Hurt::Empty => bytes.clear(),
            Hurt::Delete => {
                fs::remove_file(&path).unwrap();
                return Some((self.path.clone(), None));
            }
            Hurt::Swap => {
                let next = folder.join(self.next.as_ref()?);
                bytes = fs::read(&next).unwrap();
                fs::write(next, &whole).unwrap();
            }
            Hurt::CopyInside | Hurt::CopyBetween => {
                let by = if hurt == Hurt::CopyInside { 1 } else { 2 };
                let name = format!("{:020}", number_of(&self.path) + by);
                let copy = Path::new(&self.path).with_file_name(name);
                let copy = copy.with_extension(Path::new(&self.path).extension().unwrap());
                let copy = copy.display().to_string();
                fs::write(folder.join(&copy), &whole).unwrap();
                return Some((copy, Some(whole)));
            }
        }
        if bytes == whole {
            return None;
        }
        fs::write(&path, &bytes).unwrap();
        Some((self.path.clone(), Some(bytes)))
    }
}

fn number_of(segment: &str) -> u64 {
    let digits: String = segment.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// Every class of byte of every file of a log.
pub(super) fn classes(master: &Master) -> Vec<Class> {
    let segments = master.segments();
    assert_eq!(segments.len(), 3, "{segments:?}");
    let mut out = Vec::new();
    for (at, path) in segments.iter().enumerate() {
        let names = ["first segment, finished", "second segment, finished", "last segment"];
        let next = segments[(at + 1) % segments.len()].clone();
        let bytes = fs::read(master.path().join(path)).unwrap();
        let mut add = |part: String, range| {
            out.push(Class {
                file: format!("journal: {}", names[at]),
                part,
                path: path.clone(),
                is_packed: false,
                bytes: range,
                next: Some(next.clone()),
            });
        };
        // The middle one is made like the first; its ends and its place are enough.
        if at != 1 {
            parts_of_segment(&bytes).into_iter().for_each(|(part, range)| add(part, Some(range)));
        }
        add("the file".to_owned(), None);
    }
    let plain = |file: &str, path: &str, part: &str, bytes| Class {
        file: file.to_owned(),
        part: part.to_owned(),
        path: path.to_owned(),
        is_packed: false,
        bytes,
        next: None,
    };
    let head = fs::read(master.path().join("HEAD")).unwrap();
    for (slot, at) in [("first slot", 0), ("second slot", 512)] {
        for (field, range) in SLOT {
            let range = at + range.start..at + range.end;
            assert!(range.end <= head.len());
            out.push(plain("HEAD", "HEAD", &format!("{slot}: {field}"), Some(range)));
        }
    }
    out.push(plain("HEAD", "HEAD", "between the slots", Some(88..512)));
    out.push(plain("HEAD", "HEAD", "the file", None));
    out.extend(classes_of_index(master, plain));
    out.push(plain("lock", "lock", "the file", None));
    out
}

/// Every class of byte of the packed segments of a log. What else is there is as in a log that packs
/// nothing.
pub(super) fn packed_classes(master: &Master) -> Vec<Class> {
    let segments = master.segments();
    assert_eq!(segments.len(), 3, "{segments:?}");
    let mut out = Vec::new();
    for (at, name) in ["first segment, packed", "second segment, packed"].into_iter().enumerate() {
        let class = |part: String, bytes| Class {
            file: format!("journal: {name}"),
            part,
            path: segments[at].clone(),
            is_packed: true,
            bytes,
            next: Some(segments[at + 1].clone()),
        };
        if at == 0 {
            let bytes = fs::read(master.path().join(&segments[0])).unwrap();
            let parts = parts_of_packed(&bytes);
            out.extend(parts.into_iter().map(|(part, range)| class(part, Some(range))));
        }
        out.push(class("the file".to_owned(), None));
    }
    out
}

fn classes_of_index(
    master: &Master,
    plain: impl Fn(&str, &str, &str, Option<Range<usize>>) -> Class,
) -> Vec<Class> {
    let mut out = Vec::new();
    let entries = fs::read_dir(master.path().join("index")).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    let mut files: Vec<String> =
        files.map(|entry| entry.file_name().into_string().unwrap()).collect();
    files.sort();
    assert!(files.iter().any(|name| name == "db") && files.iter().any(|name| name == "conf"));
    for name in files {
        let path = format!("index/{name}");
        // sled names a snapshot after a number that differs from run to run.
        let file = if name.starts_with("snap") { "snapshot" } else { &*name };
        let file = format!("index: {file}");
        let bytes = fs::read(master.path().join(&path)).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let mut parts = vec![("the first bytes", 0..8.min(used))];
        if used > 200 {
            parts.push(("a quarter in", used / 4..used / 4 + 40));
            parts.push(("in the middle", used / 2..used / 2 + 40));
            parts.push(("at the end", used - 40..used));
        }
        for (part, range) in parts.into_iter().filter(|(_, range)| !range.is_empty()) {
            out.push(plain(&file, &path, part, Some(range)));
        }
        out.push(plain(&file, &path, "the file", None));
    }
    out
}

/// The fields of a slot of HEAD; see `backend/local/head.rs`.
const SLOT: [(&str, Range<usize>); 9] = [
    ("magic", 0..8),
    ("counter", 8..16),
    ("epoch", 16..20),
    ("last event", 20..28),
    ("hash", 28..60),
    ("commits", 60..68),
    ("first time", 68..76),
    ("last time", 76..84),
    ("checksum", 84..88),
];

/// The fields of a segment's header; see `backend/local/segment.rs`.
const HEADER: [(&str, Range<usize>); 8] = [
    ("magic", 0..8),
    ("format", 8..10),
    ("kept for later", 10..12),
    ("epoch", 12..16),
    ("first event", 16..24),
    ("previous hash", 24..56),
    ("kept for later, 2", 56..60),
    ("checksum", 60..64),
];

fn parts_of_segment(bytes: &[u8]) -> Vec<(String, Range<usize>)> {
    let mut out: Vec<(String, Range<usize>)> =
        HEADER.map(|(field, range)| (format!("header: {field}"), range)).into();
    let mut frames = Vec::new();
    let mut at = 64;
    while at < bytes.len() {
        let len = u32::from_le_bytes(*bytes[at + 4..].first_chunk().unwrap());
        let end = at + 20 + usize::try_from(len).unwrap();
        frames.push((at, end, &bytes[at..at + 4] == b"\xf7LZs"));
        at = end;
    }
    assert_eq!(at, bytes.len());
    let commits: Vec<_> = frames.iter().filter(|frame| !frame.2).collect();
    let middle = commits.len() / 2;
    assert!(0 < middle && middle < commits.len() - 1, "{frames:?}");
    let named = [
        ("first commit", commits[0]),
        ("middle commit", commits[middle]),
        ("last commit", commits[commits.len() - 1]),
    ];
    let seals = frames.iter().filter(|frame| frame.2).map(|frame| ("seal", frame));
    for (name, (at, end, is_seal)) in named.into_iter().chain(seals) {
        let fields = [("mark", 0..4), ("length", 4..8), ("group", 8..16), ("checksum", 16..20)];
        for (field, range) in fields {
            out.push((format!("{name}: {field}"), at + range.start..at + range.end));
        }
        let payload = at + 20;
        if *is_seal {
            out.push((format!("{name}: standing"), payload..*end));
        } else {
            out.push((format!("{name}: previous hash"), payload..payload + 32));
            out.push((format!("{name}: hash"), payload + 32..payload + 64));
            out.push((format!("{name}: body"), payload + 64..*end));
        }
    }
    out.push(("the last byte".to_owned(), bytes.len() - 1..bytes.len()));
    out
}

/// The fields of a packed segment of one block; see `backend/local/packed.rs`.
fn parts_of_packed(bytes: &[u8]) -> Vec<(String, Range<usize>)> {
    let fields_of = |what: &str, at: usize, fields: &[(&str, Range<usize>)]| -> Vec<_> {
        let named = |(field, range): &(&str, Range<usize>)| {
            (format!("{what}: {field}"), at + range.start..at + range.end)
        };
        fields.iter().map(named).collect()
    };
    let (block, end) = (64, bytes.len() - 84);
    assert!(bytes[block..].starts_with(b"\xf7LZb") && bytes[end..].starts_with(b"\xf7LZe"));
    let content = block + 24..end;
    let mut out = fields_of("header", 0, &HEADER);
    let head = [
        ("mark", 0..4),
        ("place", 4..12),
        ("length", 12..16),
        ("packed length", 16..20),
        ("checksum", 20..24),
    ];
    out.extend(fields_of("block", block, &head));
    out.push(("block: content".to_owned(), content));
    let fields = [
        ("mark", 0..4),
        ("length", 4..12),
        ("standing", 12..76),
        ("kept for later", 76..80),
        ("checksum", 80..84),
    ];
    out.extend(fields_of("end", end, &fields));
    out
}
