use proptest::prelude::*;

use super::*;

fn records() -> impl Strategy<Value = Vec<Record>> {
    let payload = proptest::collection::vec(any::<u8>(), 0..200);
    let keys = proptest::collection::vec(any::<[u8; 16]>(), 0..4);
    let record = ("[a-z产]{0,20}", any::<u16>(), payload, keys).prop_map(
        |(kind, version, payload, keys)| Record {
            kind: kind.into(),
            version,
            payload: payload.into(),
            keys,
        },
    );
    proptest::collection::vec(record, 1..8)
}

fn commits() -> impl Strategy<Value = Commit> {
    let key = proptest::option::of("[a-z0-9]{0,30}");
    (any::<u128>(), key, any::<u32>(), 1..u64::MAX / 2, any::<i64>(), "\\PC{0,40}", records())
        .prop_map(|(id, idempotency_key, epoch, first, recorded_at_ms, actor, records)| Commit {
            id: CommitId::new(Uuid::from_u128(id)),
            idempotency_key,
            epoch,
            first: Seq::new(first),
            recorded_at_ms,
            actor,
            prev_hash: Hash32::new(*blake3::hash(&first.to_le_bytes()).as_bytes()),
            hash: Hash32::ZERO,
            records,
        })
}

fn encoded(commit: &mut Commit) -> Bytes {
    let draft = Draft {
        id: commit.id,
        idempotency_key: commit.idempotency_key.clone(),
        actor: commit.actor.clone(),
        recorded_at_ms: 0,
        records: commit.records.clone(),
    };
    let unplaced = Unplaced::encode(&draft).unwrap();
    let len = unplaced.len();
    let (bytes, hash) = unplaced.place(Place {
        epoch: commit.epoch,
        first: commit.first,
        recorded_at_ms: commit.recorded_at_ms,
        prev_hash: commit.prev_hash,
    });
    assert_eq!(bytes.len(), len);
    commit.hash = hash;
    bytes
}

/// Puts a matching hash on any body, so that decoding gets past the hash check.
fn sealed(body: &[u8]) -> Bytes {
    let mut stored = vec![0; LINK_BYTES];
    stored.extend_from_slice(body);
    let hash = link(&Hash32::ZERO, body);
    stored[32..LINK_BYTES].copy_from_slice(hash.as_bytes());
    stored.into()
}

proptest! {
    #[test]
    fn decoding_gives_back_what_was_encoded(mut commit in commits()) {
        let bytes = encoded(&mut commit);
        prop_assert_eq!(first_event(&bytes), Some(commit.first));
        prop_assert_eq!(decode(&bytes), Ok(commit));
    }

    #[test]
    fn one_changed_bit_or_another_length_is_an_error(
        mut commit in commits(),
        at in any::<prop::sample::Index>(),
        bit in 0..8u8,
    ) {
        let bytes = encoded(&mut commit);
        let mut changed = bytes.to_vec();
        changed[at.index(bytes.len())] ^= 1 << bit;
        prop_assert!(decode(&changed.into()).is_err());
        prop_assert!(decode(&bytes.slice(..at.index(bytes.len()))).is_err());
        prop_assert!(decode(&[&bytes[..], b"x"].concat().into()).is_err());
    }

    #[test]
    fn decoding_never_panics(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        decode(&body.clone().into()).ok();
        decode(&sealed(&body)).ok();
    }

    /// Bodies that are nearly right reach every branch of the decoder.
    #[test]
    fn decoding_never_panics_on_bodies_that_are_nearly_right(
        mut commit in commits(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = encoded(&mut commit);
        let mut body = bytes[LINK_BYTES..].to_vec();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if let Ok(commit) = decode(&sealed(&body)) {
            prop_assert!(!commit.records.is_empty());
        }
        body.truncate(cut.index(body.len()));
        prop_assert!(decode(&sealed(&body)).is_err() || !body.is_empty());
    }
}

#[test]
fn what_passes_a_limit_is_refused() {
    let record = |kind: usize, payload: usize, keys: usize| Record {
        kind: "k".repeat(kind).into(),
        version: 1,
        payload: vec![0; payload].into(),
        keys: vec![[0; 16]; keys],
    };
    let refused = |records: &[Record]| {
        let draft = Draft {
            id: CommitId::new(Uuid::nil()),
            idempotency_key: None,
            actor: String::new(),
            recorded_at_ms: 0,
            records: records.to_vec(),
        };
        Unplaced::encode(&draft).unwrap_err().to_string()
    };
    assert_eq!(refused(&[]), "a commit holds at least one record");
    assert_eq!(refused(&[record(256, 0, 0)]), "bytes of a kind: 256, and at most 255 is allowed");
    assert_eq!(
        refused(&[record(1, 0, 10_001)]),
        "keys of a record: 10001, and at most 10000 is allowed"
    );
    assert_eq!(
        refused(&vec![record(1, 0, 0); 100_001]),
        "records of a commit: 100001, and at most 100000 is allowed"
    );
    assert_eq!(
        refused(&[record(1, MAX_COMMIT_BYTES, 0)]),
        "the commit takes 4194422 bytes, and at most 4194304 fit; split the command"
    );
}
