//! The damage matrix: every class of byte of every file of a small log, hurt in every way, with the
//! other copy there and with the other copy gone. The table is `docs/damage-matrix.md`; the test
//! fails when it is no longer true.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use crate::matrix::cell::{Outcome, outcome};
use crate::matrix::classes::{Class, Hurt, classes, packed_classes};
use crate::matrix::master::Master;
use crate::support::PATIENCE;

mod cell;
mod classes;
mod master;

const THREADS: usize = 4;
/// As for snapshots: `cargo bless` sets it.
const RENEW: &str = "INSTA_UPDATE";

/// Which copies a case has besides the one that is hurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Other {
    There,
    Gone,
}

fn table_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/damage-matrix.md")
}

#[test]
fn whatever_is_hurt_is_mended_or_refused_and_never_opens_shorter() {
    contain_sled();
    let master = Master::make();
    let packed = master.packed();
    let classes = [classes(&master), packed_classes(&packed)].concat();
    let cases: Vec<(usize, Hurt, Other)> = (0..classes.len())
        .flat_map(|at| classes[at].hurts().iter().map(move |hurt| (at, *hurt)))
        .flat_map(|(at, hurt)| [Other::There, Other::Gone].map(|other| (at, hurt, other)))
        .collect();
    let (next, told) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((at, hurt, other)) = cases.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let outcome = watched(
                        if classes[*at].is_packed { &packed } else { &master },
                        &classes[*at],
                        *hurt,
                        *other,
                    );
                    told.lock().unwrap().push((*at, *hurt, *other, outcome));
                }
            });
        }
    });
    let told = told.into_inner().unwrap();
    assert_eq!(told.len(), cases.len());
    let wrong: Vec<String> = told
        .iter()
        .filter_map(|(at, hurt, other, outcome)| match outcome {
            Outcome::Wrong(what) => Some(format!("{} {hurt:?} {other:?}: {what}", classes[*at])),
            _ => None,
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), told.len());
    let table = table(&classes, &told);
    println!("{table}");
    if std::env::var_os(RENEW).is_some_and(|how| how == "always") {
        fs::create_dir_all(table_path().parent().unwrap()).unwrap();
        fs::write(table_path(), &table).unwrap();
    }
    let kept = fs::read_to_string(table_path()).unwrap_or_default();
    assert!(
        kept == table,
        "docs/damage-matrix.md tells otherwise; `cargo bless` and read the diff"
    );
}

/// Runs a cell on a thread of its own, so that one that hangs or panics is told as such.
fn watched(master: &Master, class: &Class, hurt: Hurt, other: Other) -> Outcome {
    let Some((folder, changed)) = master.lay_out(class, hurt, other) else {
        return Outcome::Nothing;
    };
    let (done, heard) = mpsc::channel();
    let (path, expected) = (folder.path().to_owned(), master.expected.clone());
    let worker = thread::spawn(move || {
        let outcome = outcome(&path, &expected, &changed);
        done.send(outcome).ok();
    });
    // Most take a few dozen milliseconds.
    match heard.recv_timeout(PATIENCE) {
        Ok(outcome) => {
            worker.join().unwrap();
            outcome
        }
        Err(mpsc::RecvTimeoutError::Timeout) => Outcome::Wrong("it hangs".to_owned()),
        Err(mpsc::RecvTimeoutError::Disconnected) => Outcome::Wrong("it panics".to_owned()),
    }
}

/// sled panics on some of what is done to it here. That is contained, and need not be printed.
fn contain_sled() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let in_sled = panic.location().is_some_and(|at| at.file().contains("/sled-0."));
        if !in_sled {
            usual(panic);
        }
    }));
}

type Told = (usize, Hurt, Other, Outcome);

fn table(classes: &[Class], told: &[Told]) -> String {
    let mut out = INTRODUCTION.to_owned();
    let mut counts = std::collections::BTreeMap::<(&str, &str), usize>::new();
    for (_, _, other, outcome) in told {
        let other = if *other == Other::There { "there" } else { "gone" };
        *counts.entry((other, outcome.kind())).or_default() += 1;
    }
    for ((other, kind), count) in &counts {
        writeln!(out, "- other copy {other}, {kind}: {count}").unwrap();
    }
    let mut files: Vec<&str> = classes.iter().map(|class| &*class.file).collect();
    files.dedup();
    for file in files {
        let of_file: Vec<usize> =
            (0..classes.len()).filter(|at| classes[*at].file == file).collect();
        let hurts = classes[of_file[0]].hurts();
        for group in [true, false] {
            // Parts of a file and the whole file are hurt in other ways.
            let rows: Vec<usize> = of_file
                .iter()
                .copied()
                .filter(|at| (classes[*at].hurts() == hurts) == group)
                .collect();
            let Some(first) = rows.first() else { continue };
            let hurts = classes[*first].hurts();
            if group {
                writeln!(out, "\n## {file}").unwrap();
            }
            write!(out, "\n| part |").unwrap();
            hurts.iter().for_each(|hurt| write!(out, " {} |", hurt.name()).unwrap());
            writeln!(out, "\n|---|{}", "---|".repeat(hurts.len())).unwrap();
            for at in rows {
                write!(out, "| {} |", classes[at].part).unwrap();
                for hurt in hurts {
                    let of = |other| {
                        let mut cells = told.iter();
                        let found = cells.find(|(a, h, o, _)| (*a, *h, *o) == (at, *hurt, other));
                        // Where sled breaks off differs from run to run.
                        match &found.unwrap().3 {
                            Outcome::RefusedRange(..) if file.starts_with("index") => {
                                "refused …–18".to_owned()
                            }
                            other => other.to_string(),
                        }
                    };
                    let (there, gone) = (of(Other::There), of(Other::Gone));
                    let both = if there == gone { there } else { format!("{there}; {gone}") };
                    write!(out, " {both} |").unwrap();
                }
                out.push('\n');
            }
        }
    }
    out
}

const INTRODUCTION: &str = "# The damage matrix

Made by `store/tests/matrix.rs`, which fails when this file is no longer true; `cargo bless` renews it.

A small closed log of 9 commits (18 events, 3 segments) is laid out, hurt in one place, and opened;
for packed segments the same log after packing.
Each cell tells what came of it, first with the other copy there and, after a semicolon where it
differs, with the other copy gone: for the journal and HEAD the other copy is the index, for the
index it is the journal.

| word | meaning |
|---|---|
| mended | it opens; every commit reads as it was written; `verify` is content afterwards |
| repaired | it opens, and reads as written from the other copy; `verify` names the damage, and `repair` makes `verify` content |
| harmless | it opens, everything is as it was written, and the bytes are left as they are: nobody uses them |
| refused a–b | it does not open, names these events as lost, and changes nothing; for the index, where it breaks off differs from run to run |
| refused | it does not open, tells why without a range (a contradiction, another format), and changes nothing |
| · | nothing was changed: the bytes were that already |

No cell opens with fewer commits or with others, none panics, none hangs.

";
