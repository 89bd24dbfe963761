use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use store::testing::{FaultyDisk, Op, open, pack_finished};
use store::{AppendError, Appended, Draft, LocalOptions, Log, Seq, verify_folder};

use crate::simulation::{Counts, round, wait_for_sled};
use crate::support::{copy_dir, draft};

#[test]
fn promise_1_nothing_acknowledged_is_lost_when_the_power_goes() {
    let mut all = Counts::default();
    let mut rounds = 0;
    // A simulation that cut nothing, tore nothing and lost nothing would prove nothing. Where the cuts
    // fall is a matter of threads too, so it goes on until each has happened.
    while rounds < 40 || all.rows().iter().any(|(_, count)| *count == 0) {
        assert!(rounds < 1_000, "some of this never comes: {all:?}");
        all.add(round(rounds));
        rounds += 1;
    }
}

/// What stands at the cut where the index was.
#[derive(Clone, Copy, Debug)]
enum Index {
    Kept,
    Older,
    Deleted,
}

/// How a step goes wrong.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Error,
    Cut(Index),
}

/// HEAD is written with each group and a segment holds two commits, so that a few commits take
/// every step there is. Finished segments are packed between the commits and not by a thread, so
/// that the same step is the same in every run.
fn every_step() -> LocalOptions {
    LocalOptions {
        compress_finished: false,
        segment_bytes: 500,
        index_cache_bytes: 8 << 20,
        head_interval: Duration::ZERO,
        min_free_bytes: 0,
        ..LocalOptions::default()
    }
}

fn drafts() -> Vec<Draft> {
    let text = "x".repeat(150);
    (0..4).map(|_| draft(&[text.as_str(), "second"])).collect()
}

fn name_of(op: Op, path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy();
    let class = match name.as_ref() {
        name if name.ends_with(".seg") => "segment",
        name if name.ends_with(".segz.tmp") => "unfinished",
        name @ ("HEAD" | "journal" | "db" | "index") => name,
        _ => "folder",
    };
    format!("{op} {class}")
}

/// One run of the fixed workload in which one step goes wrong; tells that step's name, or `None`
/// when there are fewer steps.
async fn run(step: usize, wrong: Wrong) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let older = tempfile::tempdir().unwrap();
    let (index, copy) = (dir.path().join("index"), older.path().join("index"));
    let mut acknowledged: Vec<(Draft, Appended)> = Vec::new();
    let log = Log::open(dir.path(), every_step()).unwrap();
    let first = draft(&["before"]);
    acknowledged.push((first.clone(), log.append(None, first).await.unwrap()));
    log.close().await.unwrap();
    copy_dir(&index, &copy);

    let disk = FaultyDisk::new();
    let log = open(Arc::new(disk.clone()), dir.path(), &every_step()).unwrap();
    let before = disk.steps().len();
    match wrong {
        Wrong::Error => disk.fail(None, "", step as u64, ErrorKind::Other),
        Wrong::Cut(_) => disk.cut_power_at(step),
    }
    let mut failed = None;
    let mut packing_failed = false;
    for draft in drafts() {
        match log.append(None, draft.clone()).await {
            Ok(told) => acknowledged.push((draft, told)),
            Err(AppendError::Unknown) => {
                let after = log.append(None, crate::support::draft(&["after"])).await;
                assert!(matches!(after, Err(AppendError::ReadOnly { .. })), "{after:?}");
                assert!(log.metrics().read_only.is_some());
                failed = Some(draft);
                break;
            }
            Err(other) => panic!("step {step}, {wrong:?}: {other}"),
        }
        // A log whose packing fails goes on, as long as there is power.
        packing_failed |= pack_finished(&disk, dir.path()).is_err();
        if packing_failed && disk.is_off() {
            break;
        }
    }
    let hit = disk.steps().get(before + step).map(|(op, path)| name_of(*op, path));
    let was_hit = failed.is_some() || packing_failed;
    drop(log);
    if let (Wrong::Cut(left), true) = (wrong, was_hit) {
        disk.lose_unsynced(step as u64).unwrap();
        wait_for_sled(&index);
        match left {
            Index::Kept => {}
            Index::Older | Index::Deleted => std::fs::remove_dir_all(&index).unwrap(),
        }
        if matches!(left, Index::Older) {
            copy_dir(&copy, &index);
        }
    }
    look_again(dir.path(), &acknowledged, failed, &format!("step {step}, {wrong:?}")).await;
    hit.filter(|_| was_hit)
}

async fn look_again(
    folder: &Path,
    acknowledged: &[(Draft, Appended)],
    failed: Option<Draft>,
    place: &str,
) {
    let log = Log::open(folder, every_step()).unwrap_or_else(|error| panic!("{place}: {error}"));
    let count = |log: &Log, draft: &Draft| {
        let commits = log.read(Seq::ZERO).map(Result::unwrap);
        let same = commits.filter(|commit| commit.id == draft.id);
        let same: Vec<_> = same.inspect(|one| assert_eq!(one.records, draft.records)).collect();
        same.len()
    };
    for (draft, told) in acknowledged {
        assert_eq!(count(&log, draft), 1, "{place}");
        assert_eq!(log.resolve(draft.id).unwrap().unwrap().head, told.head, "{place}");
    }
    if let Some(draft) = failed {
        let there = count(&log, &draft);
        assert!(there <= 1, "{place}");
        let again = log.append(None, draft.clone()).await.unwrap();
        assert_eq!(again.duplicate, there == 1, "{place}");
        assert_eq!(count(&log, &draft), 1, "{place}");
    }
    log.append(None, draft(&["goes on"])).await.unwrap();
    log.close().await.unwrap();
    let report = verify_folder(folder, |_| {}).unwrap();
    assert!(report.is_sound(), "{place}: {:?}", report.faults);
}

#[tokio::test]
async fn promise_2_a_commit_is_whole_or_absent_whichever_step_goes_wrong() {
    let mut hits: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let cuts = [Index::Kept, Index::Older, Index::Deleted].map(Wrong::Cut);
    for (column, wrongs) in [&[Wrong::Error][..], &cuts].into_iter().enumerate() {
        for wrong in wrongs {
            let mut step = 0;
            while let Some(name) = run(step, *wrong).await {
                hits.entry(name).or_default()[column] += 1;
                step += 1;
            }
        }
    }
    println!("{:<20} {:>6} {:>6}", "step", "error", "cut");
    for (name, [errors, cuts]) in &hits {
        println!("{name:<20} {errors:>6} {cuts:>6}");
    }
    // A group's frames and their sync; the seal, its sync, the new file, its header, its sync and
    // its entry; the index when a segment was finished; HEAD and its sync. Packing: the file beside,
    // its sync, its name, the entries, the original's removal, the entries.
    let expected = [
        "Create segment",
        "Create unfinished",
        "Remove segment",
        "Rename unfinished",
        "SyncAll segment",
        "SyncAll unfinished",
        "SyncData HEAD",
        "SyncData db",
        "SyncData segment",
        "SyncDir index",
        "SyncDir journal",
        "Write HEAD",
        "Write segment",
        "Write unfinished",
    ];
    assert_eq!(hits.keys().collect::<Vec<_>>(), expected);
    assert!(hits.values().all(|[errors, cuts]| *errors > 0 && *cuts > 0), "{hits:?}");
}
