//! `doctor`: is this installation fit to work, and what does it read and write?

use std::path::Path;

use graph::ledger::Snapshots;
use graph::state::State;
use serde_json::json;
use store::OpenError;

use super::Context;
use crate::cli::Json;
use crate::output::say;
use crate::report::Failure;
use crate::wiring;

/// Below this much free space a log is in danger, in bytes.
const FREE_SPACE_MIN_BYTES: u64 = 512 << 20;

/// What a check found.
struct Finding {
    name: &'static str,
    is_well: bool,
    told: String,
}

fn well(name: &'static str, told: impl Into<String>) -> Finding {
    Finding { name, is_well: true, told: told.into() }
}

fn ill(name: &'static str, told: impl Into<String>) -> Finding {
    Finding { name, is_well: false, told: told.into() }
}

pub(super) fn run(json: Json, context: &mut Context) -> Result<(), Failure> {
    let (folder, origin) = context.config.data();
    let mut findings = vec![
        well("program", format!("lianzhu {}", env!("CARGO_PKG_VERSION"))),
        well("system", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        well("reads and writes", formats()),
        reader(),
        well("data folder", format!("{} (from {origin})", folder.display())),
    ];
    findings.extend(log(&folder, context));
    findings.push(free_space(&folder));
    findings.push(context.config.listen().map_or_else(
        |failure| ill("address", failure.words()),
        |address| well("address", address.to_string()),
    ));
    let sick = findings.iter().filter(|finding| !finding.is_well).count();
    if json.wanted {
        let all: Vec<_> = findings
            .iter()
            .map(|f| json!({ "check": f.name, "ok": f.is_well, "found": f.told }))
            .collect();
        context.out.json(&all)?;
    } else {
        let rows = findings.iter().map(|finding| {
            let mark = if finding.is_well { "ok" } else { "!!" };
            [mark.to_owned(), finding.name.to_owned(), finding.told.clone()]
        });
        context.out.table(["", "CHECK", "FOUND"], rows)?;
    }
    context.out.flush()?;
    if sick == 0 {
        say("all checks passed");
        return Ok(());
    }
    Err(Failure::new(format!("checks that found a problem: {sick}; see the lines marked !!")))
}

/// Every format and its version: what is written, and the newest that is read.
fn formats() -> String {
    let stored = store::formats().map(|format| format!("{} {}", format.name, format.version));
    let (events, snapshots) = (graph::event::VERSION, Snapshots::VERSION);
    format!("{}; events {events}, snapshots {snapshots}", stored.join(", "))
}

fn reader() -> Finding {
    match wiring::extractor() {
        Ok(extractor) => well("extractor", extractor.version()),
        Err(failure) => ill("extractor", failure.words()),
    }
}

fn log(folder: &Path, context: &Context) -> Vec<Finding> {
    if !wiring::holds_a_log(folder) {
        return vec![well("log", "there is none yet; `serve` or `ingest` makes it")];
    }
    let log = match wiring::try_open_log(folder, &context.config) {
        Ok(Ok(log)) => log,
        Ok(Err(OpenError::Locked { holder, .. })) => return vec![held(folder, holder.as_deref())],
        Ok(Err(error)) => return vec![ill("log", Failure::from(error).words())],
        Err(failure) => return vec![ill("log", failure.words())],
    };
    let info = log.info();
    let bytes = info.journal_bytes + info.index_bytes;
    let standing = format!("{} events in {} commits, {bytes} bytes", info.head.seq, info.commits);
    let graph = match wiring::replay_all(log, &context.config) {
        Ok(ledger) => {
            let state = ledger.state();
            match state.parked().count() {
                0 => well("graph", standing_of(&state)),
                parked => ill("graph", format!("{parked} events cannot be read by this release")),
            }
        }
        Err(failure) => ill("graph", failure.words()),
    };
    vec![well("log", standing), graph]
}

/// Where a graph stands, and what takes memory in it.
fn standing_of(state: &State) -> String {
    let memory = state.memory();
    let parts = [
        ("claims", memory.claims),
        ("relations", memory.relations),
        ("links", memory.links),
        ("ids", memory.ids),
        ("entities", memory.entities),
        ("documents", memory.documents),
    ];
    let parts = parts.map(|(name, bytes)| format!("{name} {}", mebibytes(bytes as u64)));
    let (seq, hash, all) = (state.seq(), state.hash(), mebibytes(memory.all() as u64));
    format!("replayed to {seq}, state {hash}; {all} ({})", parts.join(", "))
}

/// A log at work is well; what is durable in it can be told beside whoever holds it.
fn held(folder: &Path, holder: Option<&str>) -> Finding {
    let holder = holder.unwrap_or("another process");
    match store::folder_info(folder) {
        Ok(info) => {
            let standing = format!("{} events in {} commits", info.head.seq, info.commits);
            well("log", format!("{standing}; held by {holder}, which answers for its graph"))
        }
        Err(error) => ill("log", format!("held by {holder}; {error}")),
    }
}

fn free_space(folder: &Path) -> Finding {
    let there = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    match fs4::available_space(there) {
        Ok(bytes) if bytes >= FREE_SPACE_MIN_BYTES => well("free space", mebibytes(bytes)),
        Ok(bytes) => ill("free space", format!("only {}", mebibytes(bytes))),
        Err(error) => ill("free space", error.to_string()),
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
