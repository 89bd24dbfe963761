//! The subcommands, one file each.

mod chain;
mod chokepoints;
mod communities;
mod completions;
mod conflicts;
mod diff;
mod doctor;
mod duplicates;
mod eval;
mod explain;
mod export;
mod extract;
mod find;
mod generate;
mod if_retracted;
mod impact;
mod import;
mod ingest;
mod log;
mod network;
mod ontology;
mod paths;
mod query;
mod ranking;
mod schema;
mod serve;
mod settings;
mod shared;
mod sole_sourced;
mod stats;
mod subgraph;
mod timeline;
mod token;
mod trace;

use std::sync::Arc;

use crate::cli::{Chain, Cli, Command, ConfigCommand, Log, Token};
use crate::config::Config;
use crate::output::Output;
use crate::report::Failure;
use crate::telemetry;

/// Where people may report a defect.
pub(crate) const WHERE_TO_REPORT: &str = "the project's issue tracker";

/// What every command is given.
pub(crate) struct Context {
    pub(crate) config: Arc<Config>,
    pub(crate) out: Output,
}

/// Runs a command.
pub(crate) fn run(cli: &Cli) -> Result<(), Failure> {
    let listen = match &cli.command {
        Command::Serve(serve) => serve.listen.as_deref(),
        _ => None,
    };
    let config = Config::gather(&cli.global, listen)?;
    let quiet = match &cli.command {
        Command::Serve(_) => "info,sled=warn",
        // Claims that are left out are told with the article.
        _ => "warn,graph::ledger::ingest=error",
    };
    telemetry::start_logs(&config.log_filter().unwrap_or_else(|| quiet.to_owned()))?;
    let mut context = Context { config: Arc::new(config), out: Output::new() };
    dispatch(&cli.command, &mut context)?;
    context.out.flush()
}

fn dispatch(command: &Command, context: &mut Context) -> Result<(), Failure> {
    match command {
        Command::Ingest(args) => ingest::run(args, context),
        Command::Extract(args) => extract::run(args, context),
        Command::Explain(args) => explain::run(args, context),
        Command::Import(args) => import::run(args, context),
        Command::Generate(args) => generate::run(args, context),
        Command::Eval(args) => eval::run(args, context),
        Command::Find(args) => find::run(args, context),
        Command::Stats(args) => stats::run(args, context),
        Command::Network(args) => network::run(args, context),
        Command::Subgraph(args) => subgraph::run(args, context),
        Command::Trace(args) => trace::run(args, context),
        Command::Common(args) => shared::run(args, context),
        Command::Paths(args) => paths::run(args, context),
        Command::Impact(args) => impact::run(args, context),
        Command::Chokepoints(args) => chokepoints::run(args, context),
        Command::SoleSourced(args) => sole_sourced::run(args, context),
        Command::Chain(Chain::Report(args)) => chain::report(args, context),
        Command::Chain(Chain::Load(args)) => chain::load(args, context),
        Command::Ranking(args) => ranking::run(args, context),
        Command::Communities(args) => communities::run(args, context),
        Command::Conflicts(args) => conflicts::run(args, context),
        Command::Duplicates(args) => duplicates::run(args, context),
        Command::Diff(args) => diff::run(args, context),
        Command::IfRetracted(args) => if_retracted::run(args, context),
        Command::Timeline(args) => timeline::run(args, context),
        Command::Log(Log::Info(json)) => log::info(*json, context),
        Command::Log(Log::Tail(args)) => log::tail(args, context),
        Command::Log(Log::Verify(args)) => log::verify(args, context),
        Command::Log(Log::Repair(args)) => log::repair(args, context),
        Command::Log(Log::Checkpoint(args)) => log::checkpoint(args, context),
        Command::Log(Log::Export(args)) => log::export(args, context),
        Command::Log(Log::Import(args)) => log::import(args, context),
        Command::Log(Log::Backup(args)) => log::backup(args, context),
        Command::Log(Log::Restore(args)) => log::restore(args, context),
        Command::Ontology(json) => ontology::run(*json, context),
        Command::Config(ConfigCommand::Show(json)) => settings::show(*json, context),
        Command::Doctor(json) => doctor::run(*json, context),
        Command::Completions { shell } => completions::run(*shell, context),
        Command::Serve(args) => serve::run(args, context),
        Command::Export(args) => export::run(args, context),
        Command::Query(args) => query::run(args, context),
        Command::Token(Token::New(args)) => token::new(args, context),
        Command::Token(Token::List(json)) => token::list(*json, context),
        Command::Token(Token::Revoke { id }) => token::revoke(id, context),
        Command::Schema => schema::run(context),
    }
}
