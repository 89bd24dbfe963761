//! One line of the export for people, both ways.

use std::borrow::Cow;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::commit::{Commit, CommitId, Draft, Record};
use crate::frame::{self, Place, Unplaced};
use crate::position::{Hash32, Head, Seq};

const FORMAT: &str = "lianzhu-log";
pub(crate) const VERSION: u32 = 1;

/// What a line says.
#[derive(Debug)]
pub(super) enum Line {
    /// The file begins after this commit.
    Opening(Head),
    /// A commit, made anew from the line, and its stored bytes.
    Commit { commit: Box<Commit>, stored: Bytes },
    /// The file ends here.
    Closing { head: Head, commits: u64 },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Opening {
    format: String,
    version: u32,
    after: u64,
    prev_hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closing {
    end: End,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    seq: u64,
    hash: String,
    commits: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CommitLine<'a> {
    seq: u64,
    id: String,
    epoch: u32,
    recorded_at: When,
    #[serde(borrow)]
    actor: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<Cow<'a, str>>,
    prev_hash: String,
    hash: String,
    #[serde(borrow)]
    events: Vec<EventLine<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum When {
    Time(String),
    Millis(i64),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EventLine<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    version: u16,
    keys: Vec<String>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    payload_base64: Option<Cow<'a, str>>,
}

pub(super) fn opening(after: Head) -> io::Result<Vec<u8>> {
    let (format, prev_hash) = (FORMAT.to_owned(), after.hash.to_string());
    text(&Opening { format, version: VERSION, after: after.seq.get(), prev_hash })
}

pub(super) fn closing(head: Head, commits: u64) -> io::Result<Vec<u8>> {
    let end = End { seq: head.seq.get(), hash: head.hash.to_string(), commits };
    text(&Closing { end })
}

pub(super) fn of(commit: &Commit) -> io::Result<Vec<u8>> {
    text(&CommitLine {
        seq: commit.first.get(),
        id: commit.id.to_string(),
        epoch: commit.epoch,
        recorded_at: when(commit.recorded_at_ms),
        actor: Cow::Borrowed(&commit.actor),
        idempotency_key: commit.idempotency_key.as_deref().map(Cow::Borrowed),
        prev_hash: commit.prev_hash.to_string(),
        hash: commit.hash.to_string(),
        events: commit.records.iter().map(event).collect(),
    })
}

fn text(line: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    Ok(text)
}

fn event(record: &Record) -> EventLine<'_> {
    let payload = as_json(&record.payload);
    let payload_base64 = match payload {
        Some(_) => None,
        None => Some(Cow::Owned(BASE64.encode(&record.payload))),
    };
    EventLine {
        kind: Cow::Borrowed(&record.kind),
        version: record.version,
        keys: record.keys.iter().map(|key| Uuid::from_bytes(*key).simple().to_string()).collect(),
        payload,
        payload_base64,
    }
}

/// A payload that is one line of JSON which reads back byte for byte.
fn as_json(payload: &[u8]) -> Option<&RawValue> {
    // `null` would read back as no payload.
    if payload == b"null" || payload.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return None;
    }
    let value: &RawValue = serde_json::from_slice(payload).ok()?;
    (value.get().as_bytes() == payload).then_some(value)
}

fn when(recorded_at_ms: i64) -> When {
    match Timestamp::from_millisecond(recorded_at_ms) {
        Ok(time) => When::Time(time.to_string()),
        Err(_) => When::Millis(recorded_at_ms),
    }
}

fn millis(when: &When) -> Result<i64, String> {
    match when {
        When::Millis(millis) => Ok(*millis),
        When::Time(text) => {
            let time: Timestamp = text
                .parse()
                .map_err(|_| format!("`{text}` is no time of the form that is written"))?;
            let millis = time.as_millisecond();
            let same = Timestamp::from_millisecond(millis).is_ok_and(|again| again == time);
            same.then_some(millis).ok_or_else(|| format!("`{text}` is finer than a millisecond"))
        }
    }
}

/// Reads a line and makes the commit anew of it. The error says what is wrong.
pub(super) fn parse(line: &[u8]) -> Result<Line, String> {
    let told = |error: serde_json::Error| format!("the line cannot be read: {error}");
    let is_key = |key: &str| {
        let begin = line.trim_ascii_start().strip_prefix(b"{").unwrap_or_default();
        begin.trim_ascii_start().starts_with(key.as_bytes())
    };
    if is_key("\"end\"") {
        let Closing { end } = serde_json::from_slice(line).map_err(told)?;
        let head = Head { seq: Seq::new(end.seq), hash: hash(&end.hash)? };
        return Ok(Line::Closing { head, commits: end.commits });
    }
    if is_key("\"format\"") {
        let opening: Opening = serde_json::from_slice(line).map_err(told)?;
        if opening.format != FORMAT {
            return Err(format!("`{}` is not `{FORMAT}`", opening.format));
        }
        if opening.version != VERSION {
            return Err(format!("version {} is not known to this release", opening.version));
        }
        let hash = hash(&opening.prev_hash)?;
        return Ok(Line::Opening(Head { seq: Seq::new(opening.after), hash }));
    }
    commit(serde_json::from_slice(line).map_err(told)?)
}

fn commit(line: CommitLine<'_>) -> Result<Line, String> {
    let named = hash(&line.hash)?;
    let (stored, hash) = made_anew(line)?;
    if hash != named {
        return Err(format!("its hash is {hash}, not {named} as it says"));
    }
    let commit = Box::new(frame::decode(&stored)?);
    Ok(Line::Commit { commit, stored })
}

/// Tells the hash that the line of a commit should name.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn hash_of(line: &[u8]) -> Option<Hash32> {
    let (_, hash) = made_anew(serde_json::from_slice(line).ok()?).ok()?;
    Some(hash)
}

fn made_anew(line: CommitLine<'_>) -> Result<(Bytes, Hash32), String> {
    let recorded_at_ms = millis(&line.recorded_at)?;
    let prev_hash = hash(&line.prev_hash)?;
    let draft = Draft {
        id: line.id.parse::<CommitId>().map_err(|_| format!("`{}` is no id", line.id))?,
        idempotency_key: line.idempotency_key.map(Cow::into_owned),
        actor: line.actor.into_owned(),
        recorded_at_ms,
        records: line.events.into_iter().map(record).collect::<Result<_, _>>()?,
    };
    let unplaced = Unplaced::encode(&draft).map_err(|error| error.to_string())?;
    let (epoch, first) = (line.epoch, Seq::new(line.seq));
    Ok(unplaced.place(Place { epoch, first, recorded_at_ms, prev_hash }))
}

fn record(line: EventLine<'_>) -> Result<Record, String> {
    let payload = match (line.payload, line.payload_base64) {
        (Some(json), None) => Bytes::copy_from_slice(json.get().as_bytes()),
        (None, Some(text)) => {
            let bytes = BASE64.decode(text.as_bytes());
            bytes.map_err(|error| format!("payloadBase64: {error}"))?.into()
        }
        _ => return Err("an event has one of payload and payloadBase64".to_owned()),
    };
    let key = |text: &String| {
        let key = Uuid::try_parse(text).map(Uuid::into_bytes);
        key.map_err(|_| format!("`{text}` is no key: 32 hexadecimal digits"))
    };
    Ok(Record {
        kind: line.kind.into(),
        version: line.version,
        payload,
        keys: line.keys.iter().map(key).collect::<Result<_, _>>()?,
    })
}

fn hash(text: &str) -> Result<Hash32, String> {
    text.parse().map_err(|error| format!("`{text}`: {error}"))
}
