use proptest::prelude::*;

use super::*;

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        log: LogId::new(Hash32::new([0xab; 32])),
        head: Head { seq: Seq::new(1_234), hash: Hash32::new([0x5c; 32]) },
        epoch: 1,
        signed_at_ms: 1_700_000_000_000,
    }
}

/// The shape is a promise to other tools. This note, its key id and its signature were checked once
/// with another Ed25519 and SHA-256, by the format's own words.
#[test]
fn a_note_has_the_form_of_a_signed_note() {
    let origin = format!("lianzhu-log/{}", "ab".repeat(32));
    let signature = "5dx6iwrmwvBkFXW3bqWXi4aZ89P42y4cGnTLrD8Kml7hWejp3CilabSrabDNFfuOSOwwsnHBMe+DE+k5Fq/kUkPupAc=";
    let expected = format!(
        "{origin}\n1234\nXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFw=\nepoch 1\n\
         time-ms 1700000000000\n\n— {origin} {signature}\n"
    );
    assert_eq!(checkpoint().sign(&key()), expected);
    let public = "e5dc7a8b+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
    assert_eq!(key().public(checkpoint().log).to_string(), format!("{origin}+{public}"));
}

#[test]
fn what_was_signed_opens_with_the_right_key_alone() {
    let note = checkpoint().sign(&key());
    let public = key().public(checkpoint().log);
    assert_eq!(Checkpoint::open(note.as_bytes(), &public), Ok(checkpoint()));

    let stranger = SigningKey::from_seed(&[8; 32]).public(checkpoint().log);
    let told = Checkpoint::open(note.as_bytes(), &stranger);
    assert!(matches!(told, Err(CheckpointError::NotSigned { .. })), "{told:?}");

    let other = LogId::new(Hash32::new([1; 32]));
    let told = Checkpoint::open(note.as_bytes(), &key().public(other));
    assert_eq!(told, Err(CheckpointError::OtherLog { of: checkpoint().log, key: other }));

    // A witness may sign too, before or after us; its signature alone is not ours.
    let (body, ours) = note.split_once("\n\n").unwrap();
    let witness = format!("— witness.example {}", BASE64.encode([9; 40]));
    for lines in [format!("{witness}\n{ours}"), format!("{ours}{witness}\n")] {
        let both = format!("{body}\n\n{lines}");
        assert_eq!(Checkpoint::open(both.as_bytes(), &public), Ok(checkpoint()));
    }
    let alone = Checkpoint::open(format!("{body}\n\n{witness}\n").as_bytes(), &public);
    assert!(matches!(alone, Err(CheckpointError::NotSigned { .. })), "{alone:?}");
}

#[test]
fn texts_that_are_no_checkpoints_are_told_apart() {
    let public = key().public(checkpoint().log);
    let note = checkpoint().sign(&key());
    let signed = |body: &str| {
        let signature = BASE64.encode(key().sign(checkpoint().log, body.as_bytes()));
        format!("{body}\n— {} {signature}\n", checkpoint().log)
    };
    let body = checkpoint().body();
    assert_eq!(signed(&body), note);
    let cases = [
        (String::new(), "no signature"),
        (note.trim_end().to_owned(), "not ended"),
        (note.replace("\n\n", "\n"), "no signature"),
        (note.replace('\n', "\r\n"), "control characters"),
        (format!("{note}{}", "x".repeat(MAX_NOTE_BYTES)), "too many"),
        (signed(&body.replace("1234", "01234")), "the size is not a number"),
        (signed(&body.replace("1234", "0")), "holds nothing"),
        (signed(&body.replace("lianzhu-log/ab", "example.com/ab")), "not the origin"),
        (signed(&body.replace("epoch 1", "epoch +1")), "the epoch is not a number"),
        (signed(&body.replace("epoch 1\n", "")), "`epoch` should stand"),
        (signed("one line\n"), "not the origin"),
    ];
    for (text, expected) in cases {
        match Checkpoint::open(text.as_bytes(), &public) {
            Err(error @ CheckpointError::Malformed { .. }) => {
                assert!(error.to_string().contains(expected), "{expected}: {error}");
            }
            other => panic!("{expected}: {other:?}"),
        }
    }
    // A line that a later release adds is signed with the rest.
    let later = signed(&format!("{body}colour blue\n"));
    assert_eq!(Checkpoint::open(later.as_bytes(), &public), Ok(checkpoint()));
}

#[test]
fn keys_read_back_what_they_write_and_slips_show() {
    let again: SigningKey = format!("{}\n", key().secret_text()).parse().unwrap();
    assert_eq!(again.secret_text(), key().secret_text());
    assert!(!format!("{:?}", key()).contains(&BASE64.encode([7; 32])));
    let public = key().public(checkpoint().log).to_string();
    assert_eq!(public.parse::<PublicKey>().unwrap().to_string(), public);
    for at in 0..public.len() {
        let mut slipped = public.clone().into_bytes();
        slipped[at] = if slipped[at] == b'7' { b'8' } else { b'7' };
        let slipped = String::from_utf8(slipped).unwrap();
        assert!(slipped.parse::<PublicKey>().is_err(), "{slipped}");
    }
    for text in ["", "lianzhu-log-key-1", "lianzhu-log-key-1 AAAA", "PRIVATE+KEY+x"] {
        assert!(text.parse::<SigningKey>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn reading_any_bytes_never_panics(
        bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b'\n'), Just(b' '), Just(b'+'), Just(b'=')], 0..300),
        cut in 0..400_usize,
    ) {
        let public = key().public(checkpoint().log);
        prop_assert!(Checkpoint::open(&bytes, &public).is_err());
        Checkpoint::read_unchecked(&bytes).ok();
        let note = checkpoint().sign(&key()).into_bytes();
        let mixed = [&note[..cut.min(note.len())], &bytes].concat();
        if mixed != note {
            prop_assert!(Checkpoint::open(&mixed, &public).is_err());
        }
    }

    #[test]
    fn a_checkpoint_reads_back_what_it_says(
        log in any::<[u8; 32]>(),
        seq in 1..u64::MAX,
        hash in any::<[u8; 32]>(),
        epoch in any::<u32>(),
        signed_at_ms in any::<i64>(),
        seed in any::<[u8; 32]>(),
    ) {
        let head = Head { seq: Seq::new(seq), hash: Hash32::new(hash) };
        let said = Checkpoint { log: LogId::new(Hash32::new(log)), head, epoch, signed_at_ms };
        let key = SigningKey::from_seed(&seed);
        let note = said.sign(&key);
        prop_assert_eq!(Checkpoint::open(note.as_bytes(), &key.public(said.log)), Ok(said));
        prop_assert_eq!(Checkpoint::read_unchecked(note.as_bytes()), Ok(said));
    }
}

#[test]
fn every_changed_byte_of_a_note_is_refused() {
    let public = key().public(checkpoint().log);
    let note = checkpoint().sign(&key()).into_bytes();
    for at in 0..note.len() {
        for change in 1..=u8::MAX {
            let mut changed = note.clone();
            changed[at] ^= change;
            let told = Checkpoint::open(&changed, &public);
            assert!(told.is_err(), "byte {at} ^ {change:#04x} was accepted");
        }
        let without = [&note[..at], &note[at + 1..]].concat();
        assert!(Checkpoint::open(&without, &public).is_err(), "without byte {at}");
    }
}
