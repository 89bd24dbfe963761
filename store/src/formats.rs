//! Which formats this release reads and writes, for people who move folders between releases.

use crate::archive::{manifest, ndjson, segments};
use crate::backend::local::{head, index, packed, segment};
use crate::frame;

/// A format on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// What is written in it.
    pub name: &'static str,
    /// The version that is written. All from 1 to this one are read; a newer one is refused.
    pub version: u32,
}

/// Tells every format of this crate.
pub fn formats() -> [Format; 8] {
    [
        Format { name: "segment", version: segment::FORMAT.into() },
        Format { name: "packed segment", version: packed::FORMAT.into() },
        Format { name: "commit", version: frame::BODY_VERSION.into() },
        Format { name: "HEAD", version: head::FORMAT.into() },
        Format { name: "index", version: index::FORMAT.into() },
        Format { name: "export", version: segments::FORMAT.into() },
        Format { name: "NDJSON export", version: ndjson::VERSION },
        Format { name: "backup", version: manifest::VERSION },
    ]
}
