//! What must hold of checkpoints and their keys.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::checkpoint::{Checkpoint, LogId, PublicKey, SigningKey};

/// The text of a checkpoint or a key: reading never panics, what is taken is written the same again,
/// and a note opens with a key only to what it says without one.
pub fn checkpoint(bytes: &[u8]) {
    let key = SigningKey::from_seed(&[7; 32]);
    for note in [bytes.to_vec(), signed(bytes, &key)] {
        let Ok(read) = Checkpoint::read_unchecked(&note) else { continue };
        let public = key.public(read.log);
        let ours = read.sign(&key);
        assert_eq!(Checkpoint::open(ours.as_bytes(), &public), Ok(read));
        let body = ours.split("\n\n").next().unwrap_or_default().as_bytes();
        assert!(note.starts_with(body), "another body is written than was read");
        if let Ok(opened) = Checkpoint::open(&note, &public) {
            assert_eq!(opened, read);
        } else {
            assert_ne!(note, signed(&note, &key), "our own signature is refused");
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        written_again::<LogId>(text);
        written_again::<PublicKey>(text);
        if let Ok(key) = text.parse::<SigningKey>() {
            let again = key.secret_text().parse::<SigningKey>();
            assert!(again.is_ok_and(|again| again.secret_text() == key.secret_text()));
        }
    }
}

fn written_again<T: FromStr + Display + PartialEq>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        let again = read.to_string().parse::<T>();
        assert!(again.is_ok_and(|again| again == read), "{text:?} reads back as another");
    }
}

/// The text up to the signatures, signed anew for the log that it names.
fn signed(note: &[u8], key: &SigningKey) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(note) else { return note.to_vec() };
    let body = text.rsplit_once("\n\n").map_or(text, |(body, _)| body);
    let body = format!("{}\n", body.trim_end_matches('\n'));
    let Some(log) = body.lines().next().and_then(|line| line.parse::<LogId>().ok()) else {
        return note.to_vec();
    };
    let signature = BASE64.encode(key.sign(log, body.as_bytes()));
    format!("{body}\n\u{2014} {log} {signature}\n").into_bytes()
}
