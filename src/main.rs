//! The `lianzhu` program: the only place that knows every crate.
//!
//! It parses the command line, gathers settings, joins log, ledger, extractor and server, and
//! turns whatever goes wrong into words. What the graph is and what it answers stands in the
//! crates.

mod answer;
mod cli;
mod command;
mod config;
mod demo;
mod intake;
mod interrupt;
mod lookup;
mod output;
mod progress;
mod report;
mod suppose;
mod telemetry;
mod templates;
mod wiring;

use std::panic::{self, UnwindSafe};
use std::process::ExitCode;

use clap::Parser;

use crate::output::say;

/// glibc's gives back what one thread took and another drops slowly, as events are.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code after a defect of the program itself.
const DEFECT: u8 = 101;

fn main() -> ExitCode {
    telemetry::keep_panics_quiet();
    contained(|| {
        let cli = match cli::Cli::try_parse() {
            Ok(cli) => cli,
            Err(answer) => return answered(&answer),
        };
        match command::run(&cli) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                if !failure.is_output_closed() {
                    say(&failure);
                }
                failure.exit_code()
            }
        }
    })
}

/// Runs the program, and makes of a panic one sentence and an exit code.
fn contained(work: impl FnOnce() -> ExitCode + UnwindSafe) -> ExitCode {
    panic::catch_unwind(work).unwrap_or_else(|_| {
        say(format_args!(
            "error: lianzhu {} has met a defect of its own and stopped; what was recorded is safe; \
             please report the command and what `lianzhu doctor` prints at {}",
            env!("CARGO_PKG_VERSION"),
            command::WHERE_TO_REPORT,
        ));
        say("错误：程序遇到自身缺陷而停止；已记录的内容是安全的，请按上述方式反馈");
        ExitCode::from(DEFECT)
    })
}

/// Prints help, the version, or what is wrong with the command line.
fn answered(answer: &clap::Error) -> ExitCode {
    // Nobody there to read it is no failure, as with `| head`.
    answer.print().ok();
    u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_exit_code() {
        let code = |code: ExitCode| format!("{code:?}");
        assert_eq!(code(contained(|| panic!("a defect"))), code(ExitCode::from(101)));
        assert_eq!(code(contained(|| ExitCode::from(2))), code(ExitCode::from(2)));
    }
}
