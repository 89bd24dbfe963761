//! `completions`: a script that completes commands and flags in a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Context;
use crate::cli::Cli;
use crate::report::Failure;

pub(super) fn run(shell: Shell, context: &mut Context) -> Result<(), Failure> {
    // Made in memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lianzhu", &mut script);
    context.out.line(String::from_utf8_lossy(&script).trim_end())
}
