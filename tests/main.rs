//! The program as its users meet it: the real binary, real files, real sockets.

/// How tests start the program and ask it.
#[cfg(test)]
mod support;

/// What the README promises: its two commands, and the first answers that the demo gives.
#[cfg(test)]
mod first_day;

/// 一镇七星 and its neighbours: the story that the demo tells, question by question.
#[cfg(test)]
mod showcase;

/// The worked examples of `docs/questions.md`, and the structural commands behind them.
#[cfg(test)]
mod questions;

/// The command line: every help text, where output goes, exit codes, settings.
#[cfg(test)]
mod cli;

/// What people get wrong: each mistake one clear sentence, and the log as it was.
#[cfg(test)]
mod bad_input;

/// The log taken care of: damage found and mended, checkpoints kept elsewhere.
#[cfg(test)]
mod log_care;

/// Following the log over a WebSocket while others write, and who may write.
#[cfg(test)]
mod live;

/// What was known when: the past stays as it was.
#[cfg(test)]
mod two_clocks;

/// What would be if: questions of a graph that was never recorded.
#[cfg(test)]
mod what_if;

/// The log out of its folder and in again: the same head, beside a server too.
#[cfg(test)]
mod backup;

/// Snapshots: the same answers with them, without them, and with damaged ones.
#[cfg(test)]
mod quick_start;

/// Claims out and in again: nothing is lost on the way, nothing is recorded twice.
#[cfg(test)]
mod round_trip;

/// Servers that are killed while many write: nothing lost, nothing halved, nothing twice.
#[cfg(test)]
mod kill_loop;

/// Rules about the repository itself that a machine can check.
#[cfg(test)]
mod tidy;
