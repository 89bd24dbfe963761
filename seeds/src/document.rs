//! Articles: from the bytes of a file to a document.
//!
//! Plain text and Markdown are read; Markdown may begin with front matter that gives title,
//! publisher, date, address and language. Nothing of the text is changed but its encoding and its
//! line ends. What was guessed on the way is told in [`Note`]s.

mod decode;
mod markdown;
mod plain;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use graph::interchange::DEFAULT_LANGUAGE;
use graph::model::{Document, DocumentError, DocumentMeta, FuzzyDate};
use thiserror::Error;

/// Largest file that is opened, in bytes. The text of a document is limited further, by
/// [`graph::model::MAX_TEXT_BYTES`]: this limit only keeps a mistaken path from filling memory.
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// What the caller knows of an article; it goes before what the article says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArticleFlags {
    /// Its title.
    pub title: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// When.
    pub published_on: Option<FuzzyDate>,
    /// Where it can be read.
    pub url: Option<String>,
    /// Language tag.
    pub language: Option<String>,
}

/// An article that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The document.
    pub document: Document,
    /// What the reader should know about how it was read.
    pub notes: Vec<Note>,
}

/// Something that was guessed or left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The bytes were not UTF-8.
    Decoded {
        /// The encoding that they were read as.
        encoding: &'static str,
    },
    /// The front matter has a key that means nothing here.
    UnknownKey {
        /// The key.
        key: String,
        /// Its line.
        line: usize,
    },
    /// The file begins like front matter, but is read as text.
    NoFrontMatter,
    /// No title was given: it was taken from the text.
    TitleFromText {
        /// The title taken.
        title: String,
    },
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Decoded { encoding } => write!(f, "not UTF-8; read as {encoding}"),
            Self::UnknownKey { key, line } => {
                write!(f, "line {line}: the key `{key}` is unknown and left out; known are: ")?;
                f.write_str(&markdown::KEYS.join(", "))
            }
            Self::NoFrontMatter => f.write_str(
                "it begins with `---`, but no `key: value` lines and closing `---` follow; all of it is read as text",
            ),
            Self::TitleFromText { title } => {
                write!(f, "no title given; its first line is taken: {title}")
            }
        }
    }
}

/// An article that could not be read.
#[derive(Debug, Error)]
#[error("{name}: {problem}")]
pub struct ReadError {
    /// Its path, or whatever the caller calls it.
    pub name: String,
    /// Why.
    pub problem: Problem,
}

/// Why an article could not be read.
#[derive(Debug, Error)]
pub enum Problem {
    /// No such file.
    #[error("there is no such file")]
    Missing,
    /// A folder.
    #[error("this is a folder; name the articles in it")]
    Folder,
    /// More than [`MAX_FILE_BYTES`].
    #[error("the file has {bytes} bytes, at most {MAX_FILE_BYTES} are read; is it an article?")]
    TooBig {
        /// Its size, or how much of it had come when reading stopped.
        bytes: u64,
    },
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Of a kind that is no text.
    #[error("this is {0}, not a text; save its text as UTF-8 and read that")]
    NotText(&'static str),
    /// UTF-8 with damage.
    #[error("this is UTF-8 with damage: byte {at} starts no character")]
    Damaged {
        /// Offset in bytes.
        at: usize,
    },
    /// In no known encoding.
    #[error("this is neither UTF-8 nor GB18030; save it as UTF-8")]
    Undecodable,
    /// Front matter with a value that cannot be used.
    #[error("line {line} of the front matter: {reason}")]
    FrontMatter {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// No document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The file could not be read.
    #[error("cannot read the file: {0}")]
    Io(#[from] io::Error),
}

/// Reads an article from a file. `.md` and `.markdown` are Markdown, all else is plain text.
///
/// # Errors
/// [`ReadError`] that says what is wrong; nothing is read of a folder or an oversized file.
pub fn read_article(path: &Path, flags: &ArticleFlags) -> Result<Read, ReadError> {
    let name = path.display().to_string();
    let format = Format::of(path);
    file_bytes(path)
        .and_then(|bytes| read(&bytes, format, flags))
        .map_err(|problem| ReadError { name, problem })
}

/// Reads an article from a stream such as standard input; front matter is recognised.
///
/// # Errors
/// [`ReadError`] under the name given.
pub fn read_stream(
    name: &str,
    input: impl io::Read,
    flags: &ArticleFlags,
) -> Result<Read, ReadError> {
    limited(input)
        .and_then(|bytes| read(&bytes, Format::Either, flags))
        .map_err(|problem| ReadError { name: name.to_owned(), problem })
}

/// Reads an article from memory. The ending of its name tells the format, as for files.
///
/// # Errors
/// [`ReadError`] under the name given.
pub fn read_bytes(name: &str, bytes: &[u8], flags: &ArticleFlags) -> Result<Read, ReadError> {
    read(bytes, Format::of(Path::new(name)), flags)
        .map_err(|problem| ReadError { name: name.to_owned(), problem })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Plain,
    Markdown,
    /// Markdown if it begins with front matter.
    Either,
}

impl Format {
    fn of(path: &Path) -> Self {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let markdown = ["md", "markdown"].iter().any(|e| ending.eq_ignore_ascii_case(e));
        if markdown { Self::Markdown } else { Self::Plain }
    }
}

fn file_bytes(path: &Path) -> Result<Vec<u8>, Problem> {
    let missing = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Problem::Missing,
        _ => Problem::Io(error),
    };
    let metadata = std::fs::metadata(path).map_err(missing)?;
    if metadata.is_dir() {
        return Err(Problem::Folder);
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(Problem::TooBig { bytes: metadata.len() });
    }
    limited(File::open(path).map_err(missing)?)
}

/// Reads all, but no more than a file may have: what is no plain file has no size beforehand.
fn limited(input: impl io::Read) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = input.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    let read = u64::try_from(read).unwrap_or(u64::MAX);
    if read > MAX_FILE_BYTES { Err(Problem::TooBig { bytes: read }) } else { Ok(bytes) }
}

fn read(bytes: &[u8], format: Format, flags: &ArticleFlags) -> Result<Read, Problem> {
    let decoded = decode::decode(bytes)?;
    let mut notes = Vec::new();
    if let Some(encoding) = decoded.encoding {
        notes.push(Note::Decoded { encoding });
    }
    let text = decoded.text.as_ref();
    let parts = match format {
        Format::Plain => None,
        Format::Markdown | Format::Either => markdown::split(text, &mut notes)?,
    };
    let (front, body) = parts.unwrap_or((ArticleFlags::default(), text));
    let title = flags.title.clone().or(front.title).unwrap_or_else(|| {
        let title = match format {
            Format::Plain => plain::title(body),
            Format::Markdown | Format::Either => markdown::title(body),
        };
        notes.push(Note::TitleFromText { title: title.clone() });
        title
    });
    if body.trim().is_empty() {
        return Err(DocumentError::Empty(title).into());
    }
    let meta = DocumentMeta {
        title,
        publisher: flags.publisher.clone().or(front.publisher),
        published_on: flags.published_on.or(front.published_on),
        url: flags.url.clone().or(front.url),
        language: flags
            .language
            .clone()
            .or(front.language)
            .unwrap_or_else(|| DEFAULT_LANGUAGE.to_owned()),
    };
    Ok(Read { document: Document::new(meta, body)?, notes })
}
