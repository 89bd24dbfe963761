use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use store::{CommitId, Log, Mended, Seq, verify_folder};
use uuid::Uuid;

use crate::support::{draft, small_segments};

const FOLDER: &str = "LIANZHU_TEST_CRASH_FOLDER";
const ROUND: &str = "LIANZHU_TEST_CRASH_ROUND";
const ROUNDS: u64 = 8;

/// Writes until it is killed, and tells what was acknowledged. It is no test by itself: without a
/// folder from its parent there is nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_process_that_is_killed() {
    let (Ok(folder), Ok(round)) = (std::env::var(FOLDER), std::env::var(ROUND)) else { return };
    let round: u128 = round.parse().unwrap();
    let log = Log::open(Path::new(&folder), small_segments()).unwrap();
    let writers = (0..4_u128).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move {
            for turn in 0.. {
                let mut one = draft(&["some text of an event", "and another"]);
                one.id = CommitId::new(Uuid::from_u128(round << 96 | writer << 64 | turn));
                let id = one.id;
                let told = log.append(None, one).await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "acknowledged {id} {} {}", told.head.seq, told.head.hash).unwrap();
                out.flush().unwrap();
            }
        })
    });
    futures_util::future::join_all(writers.collect::<Vec<_>>()).await;
}

/// Kills a writing process again and again: whatever it acknowledged is there, and whole.
#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let before = acknowledged.len();
        acknowledged.extend(run_and_kill(dir.path(), round));
        assert!(acknowledged.len() > before, "round {round} wrote nothing");
        if round % 2 == 0 {
            let report = verify_folder(dir.path(), |_| {}).unwrap();
            assert!(report.is_sound(), "round {round}: {:?}", report.faults);
        }
        let log = Log::open(dir.path(), small_segments()).unwrap();
        for note in log.mended() {
            let usual = matches!(
                note,
                Mended::IndexCaughtUp { .. }
                    | Mended::TailCut { .. }
                    | Mended::SegmentBegunAgain { .. }
            );
            assert!(usual, "round {round}: {note}");
        }
        for (id, seq, hash) in &acknowledged {
            let found = log.resolve(id.parse().unwrap()).unwrap();
            let found = found.unwrap_or_else(|| panic!("round {round} lost {id} at {seq}"));
            assert_eq!((found.head.seq, found.head.hash.to_string()), (*seq, hash.clone()));
        }
        let report = log.verify(|_| {}).unwrap();
        assert!(report.is_sound(), "round {round}: {:?}", report.faults);
    }
}

fn run_and_kill(folder: &Path, round: u64) -> Vec<(String, Seq, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::the_process_that_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    let mut take = |line: &str| {
        let Some(rest) = line.split_once("acknowledged ").map(|(_, rest)| rest) else { return };
        let parts: Vec<&str> = rest.split(' ').collect();
        let [id, seq, hash] = parts[..] else { return };
        // The last line may be cut by the kill.
        if hash.len() == 64 {
            told.push((id.to_owned(), Seq::new(seq.parse().unwrap()), hash.to_owned()));
        }
    };
    // It is killed some while after its first answer, and not always after the same while.
    for line in lines.by_ref() {
        let line = line.unwrap();
        take(&line);
        if line.contains("acknowledged") {
            break;
        }
    }
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(15 + round * 37 % 200));
        child.kill().unwrap();
        child.wait().unwrap();
    });
    lines.map_while(Result::ok).for_each(|line| take(&line));
    killer.join().unwrap();
    told
}
