//! Snapshots lose nothing, are never trusted, and are never needed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use graph::event::{Event, encode};
use graph::ledger::{Ledger, Snapshots};
use graph::model::{EntityId, EntityKind, Name, Verdict};
use graph::state::State;
use graph::view::View;
use proptest::prelude::*;
use store::{CommitId, Draft, Log, Record, Seq};

use crate::events::every_event;
use crate::laws::{deed, grow, live, replayed, told_by_rows, walked};
use crate::support::{
    block_on, cases, drafts, drawn, dump, empty_ledger, policy, record, submission, submit,
    with_key,
};

const PICTURE: [&str; 2] =
    ["FIRM:甲 SUPPLIES FIRM:乙 product=轴承 conf=0.9", "FIRM:乙 PARTNERS_WITH FIRM:丙 scope=研发"];

/// Where the sections of an image begin, and what stands before the content of each.
const HEADER_LEN: usize = 80;
const SECTION_HEADER_LEN: usize = 40;

fn shown(state: &State) -> String {
    dump(&View::of(Arc::new(state.clone())))
}

/// The image with the hash of each section made to fit, as far as the sections can be told.
fn resealed(mut image: Vec<u8>) -> Vec<u8> {
    let (mut at, mut number) = (HEADER_LEN, 0_u8);
    while let Some(length) = image.get(at..at + 8) {
        let length = u64::from_le_bytes(length.try_into().unwrap());
        let content = at + SECTION_HEADER_LEN;
        let Some(end) = usize::try_from(length).ok().and_then(|length| content.checked_add(length))
        else {
            break;
        };
        if end > image.len() {
            break;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&image[..HEADER_LEN]).update(&[number]).update(&image[content..end]);
        image[at + 8..content].copy_from_slice(hasher.finalize().as_bytes());
        (at, number) = (end, number + 1);
    }
    image
}

proptest! {
    #![proptest_config(cases(48))]

    /// Snapshot-loaded = replayed = live: a state that comes back from its image is the same in
    /// every answer, walks as the rows say, grows on as it would have, and has the same image.
    #[test]
    fn a_state_comes_back_from_its_image(
        deeds in proptest::collection::vec(deed(), 1..40),
        cut in 0.0..1.0f64,
    ) {
        let ledger = block_on(live(&deeds));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a small positive number")]
        let seq = Seq::new((ledger.head().seq.get() as f64 * cut) as u64);
        let state = replayed(ledger.log(), seq);
        let image = state.image().unwrap();
        let mut again = State::of_image(&image).unwrap();
        prop_assert_eq!(again.image().unwrap(), image);
        prop_assert_eq!((again.head(), again.hash()), (state.head(), state.hash()));
        prop_assert_eq!(shown(&again), shown(&state));
        let view = View::of(Arc::new(again.clone()));
        prop_assert_eq!(walked(&view), told_by_rows(&view));
        grow(&mut again, ledger.log());
        prop_assert_eq!(again.hash(), ledger.state().hash());
        prop_assert_eq!(shown(&again), dump(&ledger.view()));
        let view = View::of(Arc::new(again));
        prop_assert_eq!(walked(&view), told_by_rows(&view));
    }

    /// Whatever stands in an image whose hashes fit, reading it ends without a panic.
    #[test]
    fn no_content_makes_reading_fail_badly(
        deeds in proptest::collection::vec(deed(), 1..12),
        changes in proptest::collection::vec((0.0..1.0f64, any::<u8>()), 1..4),
    ) {
        let mut image = block_on(live(&deeds)).state().image().unwrap();
        for (place, byte) in changes {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in it")]
            let at = (image.len() as f64 * place) as usize;
            image[at] = byte;
        }
        // Good or not, it comes to an end.
        State::of_image(&resealed(image));
    }
}

#[test]
fn any_changed_or_missing_byte_is_noticed() {
    let ledger = block_on(drawn(&PICTURE.join("\n")));
    let image = ledger.state().image().unwrap();
    assert!(State::of_image(&image).is_some());
    for at in 0..image.len() {
        let mut damaged = image.clone();
        damaged[at] ^= 1;
        assert!(State::of_image(&damaged).is_none(), "byte {at}");
        assert!(State::of_image(&image[..at]).is_none(), "cut at {at}");
    }
    assert!(State::of_image(&[&image[..], b"x"].concat()).is_none());
}

/// The contents of an image's sections, without what binds them to a release and a commit.
fn contents(image: &[u8]) -> Vec<u8> {
    let (mut rest, mut contents) = (&image[HEADER_LEN..], Vec::new());
    while let Some((header, behind)) = rest.split_at_checked(SECTION_HEADER_LEN) {
        let length = u64::from_le_bytes(header[..8].try_into().unwrap());
        let (content, behind) = behind.split_at(usize::try_from(length).unwrap());
        contents.extend_from_slice(content);
        rest = behind;
    }
    contents
}

/// A program of the same release trusts what another wrote. So whoever changes what the fold makes
/// of these events, or how it is written, raises the version and notes both here.
#[test]
fn another_image_of_the_same_events_has_another_version() {
    let declared = [
        (EntityKind::Town, "泵阀小镇"),
        (EntityKind::Product, "密封环"),
        (EntityKind::Stage, "部件"),
    ];
    let declared = declared.map(|(kind, name)| {
        let name = Name::new(name).unwrap();
        Event::EntityDeclared { id: EntityId::derive(kind, &name.key()), kind, name }
    });
    let mut events = Vec::from(declared);
    events.extend(every_event());
    let claims = events.iter().filter_map(|event| match event {
        Event::ClaimRecorded(claim) => Some(claim.id),
        _ => None,
    });
    let reviewed = claims.map(|claim| {
        let note = Some("读过".to_owned());
        Event::ClaimReviewed { claim, verdict: Verdict::Accept, note }
    });
    let reviewed: Vec<Event> = reviewed.collect();
    events.extend(reviewed);
    let log = Log::memory();
    let draft = Draft {
        id: CommitId::new(uuid::Uuid::from_u128(7)),
        idempotency_key: Some("键\n0".to_owned()),
        actor: "测试".into(),
        recorded_at_ms: 0,
        records: events.iter().map(|event| encode(event).unwrap()).collect(),
    };
    block_on(log.append(None, draft)).unwrap();
    let state = Ledger::open(log, policy(), |_| {}).unwrap().state();
    // The review and the retraction of a claim that is not among them.
    assert_eq!(state.parked().count(), 2);
    let mark = blake3::hash(&contents(&state.image().unwrap())).to_hex();
    assert_eq!((Snapshots::VERSION, &mark.as_str()[..16]), (1, "00bde473734d50b8"));
}

fn in_folder(folder: &Path) -> Option<Snapshots> {
    Some(Snapshots { folder: folder.to_owned(), min_free_bytes: 0, events_min: 1 })
}

/// A ledger over the log, and how many commits it had to replay.
fn opened(log: &Log, folder: &Path) -> (Ledger, usize) {
    let mut replayed = 0;
    let ledger = Ledger::open_from(log.clone(), policy(), in_folder(folder), |_| replayed += 1);
    (ledger.unwrap(), replayed)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// A log that was recorded, with a snapshot of all of it.
fn with_snapshot(folder: &Path) -> Log {
    let ledger = block_on(drawn(PICTURE[0]));
    let (again, replayed) = opened(ledger.log(), folder);
    assert_eq!(replayed, 1);
    // Waits for the snapshot.
    drop(again);
    assert_eq!(files(folder).len(), 1);
    ledger.log().clone()
}

#[test]
fn a_ledger_opens_from_its_snapshot_and_replays_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let log = with_snapshot(dir.path());
    let (ledger, replayed) = opened(&log, dir.path());
    assert_eq!(replayed, 0);
    let more = record(drafts(PICTURE[1]));
    block_on(submit(&ledger, more)).unwrap();
    let live = (dump(&ledger.view()), ledger.state().hash());
    drop(ledger);
    // The commit that came after was worth a snapshot of its own, which took the other's place.
    assert_eq!(files(dir.path()).len(), 1);
    let (again, replayed) = opened(&log, dir.path());
    assert_eq!((dump(&again.view()), again.state().hash()), live);
    assert_eq!(replayed, 0);
    let without = Ledger::open(log, policy(), |_| {}).unwrap();
    assert_eq!((dump(&without.view()), without.state().hash()), live);
}

#[test]
fn keys_of_commands_and_records_that_could_not_be_read_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = empty_ledger();
    let command = || with_key(record(drafts(PICTURE[0])), "键", "内容");
    let receipt = block_on(ledger.submit(command())).unwrap();
    let strange = Record {
        kind: "FromTheFuture".into(),
        version: 9,
        payload: b"{}".as_slice().into(),
        keys: vec![],
    };
    let draft = Draft {
        id: CommitId::new(uuid::Uuid::from_u128(7)),
        idempotency_key: None,
        actor: "测试".into(),
        recorded_at_ms: 0,
        records: vec![strange],
    };
    block_on(ledger.log().append(None, draft)).unwrap();
    let (replayed, _) = opened(ledger.log(), dir.path());
    let state = replayed.state();
    drop(replayed);
    let (again, commits) = opened(ledger.log(), dir.path());
    assert_eq!((commits, state.parked().count()), (0, 1));
    assert!(again.state().parked().eq(state.parked()));
    assert_eq!(block_on(again.submit(command())).unwrap().seq, receipt.seq);
    assert_eq!(again.log().head(), ledger.log().head());
}

#[test]
fn a_damaged_snapshot_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let log = with_snapshot(dir.path());
    let path = files(dir.path()).remove(0);
    let good = fs::read(&path).unwrap();
    let mut bad = good.clone();
    let last = bad.len() - 1;
    bad[last] ^= 1;
    fs::write(&path, bad).unwrap();
    // What an earlier process left in the middle.
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, b"half").unwrap();
    let (ledger, replayed) = opened(&log, dir.path());
    assert_eq!(replayed, 1);
    drop(ledger);
    assert_eq!(files(dir.path()), std::slice::from_ref(&path));
    assert_eq!(fs::read(path).unwrap(), good);
}

#[test]
fn the_snapshot_of_another_release_stays_until_there_is_one_of_this() {
    let dir = tempfile::tempdir().unwrap();
    let log = with_snapshot(dir.path());
    let path = files(dir.path()).remove(0);
    let mut alien = fs::read(&path).unwrap();
    alien[8] ^= 1;
    fs::write(&path, &alien).unwrap();
    let none = Snapshots { events_min: 1_000, ..in_folder(dir.path()).unwrap() };
    drop(Ledger::open_from(log.clone(), policy(), Some(none), |_| {}).unwrap());
    assert_eq!(fs::read(&path).unwrap(), alien);
    drop(opened(&log, dir.path()).0);
    assert_ne!(fs::read(&path).unwrap(), alien);
}

#[test]
fn the_snapshot_of_another_log_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    with_snapshot(dir.path());
    let other = block_on(drawn(&PICTURE.join("\n")));
    let (ledger, replayed) = opened(other.log(), dir.path());
    assert_eq!((dump(&ledger.view()), replayed), (dump(&other.view()), 1));
    drop(ledger);
    let shorter = empty_ledger();
    let (ledger, replayed) = opened(shorter.log(), dir.path());
    assert_eq!((ledger.head().seq, replayed), (Seq::ZERO, 0));
}

#[test]
fn without_room_or_a_folder_the_ledger_works_on() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = block_on(drawn(PICTURE[0]));
    let taken = dir.path().join("file");
    fs::write(&taken, b"no folder").unwrap();
    let (again, _) = opened(ledger.log(), &taken);
    let more = record(drafts(PICTURE[1]));
    block_on(submit(&again, more)).unwrap();
    assert_eq!(again.head(), ledger.log().head());
    drop(again);
    assert_eq!(fs::read(&taken).unwrap(), b"no folder");
}

/// Readers may see the way through an import; only its end is a rest, worth a snapshot. And whoever
/// closes a ledger has what was begun: the log is let go after it.
#[tokio::test]
async fn the_way_through_an_import_is_no_rest_and_closing_waits_for_what_was_begun() {
    let dir = tempfile::tempdir().unwrap();
    let picture: Vec<String> = (0..15).map(|n| format!("FIRM:甲{n} SUPPLIES FIRM:乙{n}")).collect();
    for (name, is_rest) in [("丙", false), ("丁", true)] {
        let log = drawn(&picture.join("\n")).await.log().clone();
        let folder = dir.path().join(name);
        drop(opened(&log, &folder));
        let before = files(&folder);
        let (ledger, replayed) = opened(&log, &folder);
        assert_eq!((before.len(), replayed), (1, 0));
        let few = record(drafts(&format!("FIRM:{name} SUPPLIES FIRM:戊")));
        let receipt = ledger.submit_in_bulk(submission(few)).await.unwrap();
        assert!(ledger.view().seq() < receipt.seq);
        if is_rest {
            ledger.publish().await.unwrap();
        } else {
            ledger.publish_so_far().await.unwrap();
        }
        assert_eq!(ledger.view().seq(), receipt.seq);
        ledger.close().await.unwrap();
        assert_eq!(files(&folder) != before, is_rest);
        assert!(files(&folder).iter().all(|path| path.extension().unwrap() == "snapshot"));
        // Closed for all clones, and no more is begun.
        let more = record(drafts("FIRM:己 SUPPLIES FIRM:庚"));
        assert!(submit(&ledger, more).await.is_err());
        let closed = files(&folder);
        ledger.publish().await.unwrap();
        ledger.close().await.unwrap();
        assert_eq!(files(&folder), closed);
    }
}
