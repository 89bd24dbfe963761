use uuid::Uuid;

use super::index::prepare;
use super::*;
use crate::commit::{CommitId, Draft, Record};
use crate::disk::real::RealDisk;
use crate::frame::{self, Place, Unplaced};
use crate::log::Log;

fn draft() -> Draft {
    Draft {
        id: CommitId::new(Uuid::from_u128(7)),
        idempotency_key: None,
        actor: "tester".to_owned(),
        recorded_at_ms: 1,
        records: vec![Record {
            kind: "Said".into(),
            version: 1,
            payload: b"x".to_vec().into(),
            keys: Vec::new(),
        }],
    }
}

#[tokio::test]
async fn promise_2_a_commit_that_the_index_did_not_take_is_whole_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let options = LocalOptions::default();
    let mut opened = open(Arc::new(RealDisk), dir.path(), &options).unwrap();
    let place = Place {
        epoch: opened.epoch,
        first: Seq::new(1),
        recorded_at_ms: 1,
        prev_hash: opened.standing.head.hash,
    };
    let (bytes, _) = Unplaced::encode(&draft()).unwrap().place(place);
    let one = prepare(frame::decode(&bytes).unwrap(), bytes);
    let after = opened.standing.after(&one.commit);
    // The step between the journal's sync and HEAD fails: giving it to sled.
    opened.local.index().close().unwrap();
    match opened.sink.write(&[one], after) {
        Err(WriteError::Failed(why)) => assert!(why.contains("the index failed"), "{why}"),
        other => panic!("{other:?}"),
    }
    opened.sink.close().ok();
    drop(opened);
    let log = Log::open(dir.path(), options).unwrap();
    assert_eq!(log.head(), after.head);
    assert!(log.append(None, draft()).await.unwrap().duplicate);
    assert_eq!(log.read(Seq::ZERO).count(), 1);
}
