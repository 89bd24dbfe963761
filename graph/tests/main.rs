//! The graph as its callers meet it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

// Small graphs drawn as text, and histories by chance.
mod support;

// Event ⇄ record, and samples of every version ever written.
mod events;
// Replay = live, as-of = prefix, merge then undo = identity: over random histories.
mod laws;
// The ledger: receipts, conflicts, idempotency, following.
mod ledger;
// What is recorded, what is refused and why.
mod decisions;
// Every question on graphs small enough to answer by eye.
mod questions;
// Lists by what is asked of entities, and degrees.
mod listing;
// Structural questions on graphs drawn by hand.
mod structure;
// The same questions against naive answers, over graphs by chance.
mod references;
// Chains stage by stage, what they suggest, traces and sole sources.
mod chains;
// Rankings and groups.
mod ahead;
mod centralities;
// Searching with an index and without: one answer.
mod search;
// Snapshots lose nothing, are never trusted, and are never needed.
mod snapshots;
// What differs between two views, and what began when, against naive answers over histories.
mod time;
// What would be if: against really recording it, over histories, and by hand.
mod what_if;
// Claims that cannot all be true, against every two claims compared.
mod conflicts;
// Which entities may be one: by keys and by comparing all with all, and on labelled pairs.
mod duplicates;
// Reprints count once: over printings by chance, and by hand.
mod reprints;
// Strong identifiers merge by rule, whatever shares a commit.
mod identifiers;
