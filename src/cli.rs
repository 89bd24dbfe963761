//! Every command and flag, in one place.

pub(crate) mod examples;
mod log;
mod looking;
mod structure;
mod time;
mod values;
mod what_if;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use graph::model::FuzzyDate;
use seeds::generate::Size;

pub(crate) use log::{
    LogBackup, LogCheckpoint, LogExport, LogFormat, LogImport, LogRepair, LogRestore, LogTail,
    LogVerify,
};
pub(crate) use looking::{Find, Network, Stats, Subgraph};
pub(crate) use structure::{
    Basis, Chain, ChainLoad, ChainReport, Chokepoints, Common, Communities, Direction, Impact,
    Measure, Moment, Paths, Ranking, SoleSourced, Trace, TraceDirection,
};
pub(crate) use time::{Bucket, Clock, Conflicts, Diff, Duplicates, IfRetracted, Timeline};
pub(crate) use what_if::{Phrase, Severed, Supposed};

/// An event-sourced knowledge graph of the industrial ecosystem: articles in, claims with
/// evidence out.
///
/// 连珠：产业生态的事件溯源知识图谱。文章进，有据可查的论断出。
#[derive(Debug, Parser)]
#[command(name = "lianzhu", version, after_help = examples::LIANZHU, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes, before or after its name.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The folder that holds the log [default: ./lianzhu-data; environment: LIANZHU_DATA]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Settings file [default: ./lianzhu.toml if it is there; environment: LIANZHU_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Accept extracted claims at once from this confidence on [default: 0.6; environment:
    /// LIANZHU_ACCEPT_AT]
    #[arg(long, global = true, value_name = "0..1", hide_short_help = true)]
    pub(crate) accept_at: Option<String>,
}

/// What can be asked of the program.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the graph: GraphQL, console, live subscriptions
    #[command(after_help = examples::SERVE)]
    Serve(Serve),
    /// Read articles; record them and their claims
    #[command(after_help = examples::INGEST)]
    Ingest(Ingest),
    /// Print the claims of articles as NDJSON, recording nothing
    #[command(after_help = examples::EXTRACT)]
    Extract(Extract),
    /// Explain which rule read what in an article
    #[command(after_help = examples::EXPLAIN)]
    Explain(Explain),
    /// Record the claims of an NDJSON file
    #[command(after_help = examples::IMPORT)]
    Import(Import),
    /// Print everything that is known
    #[command(after_help = examples::EXPORT)]
    Export(Export),
    /// Print an invented ecosystem as claims NDJSON
    #[command(after_help = examples::GENERATE)]
    Generate(Generate),
    /// Score claims against a gold annotation
    #[command(after_help = examples::EVAL)]
    Eval(Eval),
    /// Find entities by name, part of a name or pinyin
    #[command(after_help = examples::FIND)]
    Find(Find),
    /// Tell how much is known: entities by kind, relations by predicate, claims, documents
    #[command(after_help = examples::STATS)]
    Stats(Stats),
    /// Describe a named network: its members, and seats that are claimed only
    #[command(after_help = examples::NETWORK)]
    Network(Network),
    /// Show the neighbourhood of some entities, over any relation
    #[command(after_help = examples::SUBGRAPH)]
    Subgraph(Subgraph),
    /// Follow supply links tier by tier
    #[command(after_help = examples::TRACE)]
    Trace(Trace),
    /// Find whom several entities share: suppliers, customers, partners
    #[command(after_help = examples::COMMON)]
    Common(Common),
    /// Find how two entities are linked, the shortest ways first
    #[command(after_help = examples::PATHS)]
    Paths(Paths),
    /// Tell what breaks if some entities fail
    #[command(after_help = examples::IMPACT)]
    Impact(Impact),
    /// Find the single points of failure of an entity's supply
    #[command(after_help = examples::CHOKEPOINTS)]
    Chokepoints(Chokepoints),
    /// Find what hangs on one firm
    #[command(after_help = examples::SOLE_SOURCED)]
    SoleSourced(SoleSourced),
    /// Describe chains stage by stage; record templates of them
    #[command(subcommand, after_help = examples::CHAIN)]
    Chain(Chain),
    /// Rank entities by a measure of centrality
    #[command(after_help = examples::RANKING)]
    Ranking(Ranking),
    /// Find densely tied groups
    #[command(after_help = examples::COMMUNITIES)]
    Communities(Communities),
    /// Find accepted claims that cannot all be true
    #[command(after_help = examples::CONFLICTS)]
    Conflicts(Conflicts),
    /// Find pairs of entities that may be one
    #[command(after_help = examples::DUPLICATES)]
    Duplicates(Duplicates),
    /// Tell what differs between two points of either clock
    #[command(after_help = examples::DIFF)]
    Diff(Diff),
    /// Tell what would no longer stand if a document or a claim were withdrawn
    #[command(after_help = examples::IF_RETRACTED)]
    IfRetracted(IfRetracted),
    /// Count what began when, on either clock
    #[command(after_help = examples::TIMELINE)]
    Timeline(Timeline),
    /// Answer a GraphQL query without a server
    #[command(after_help = examples::QUERY)]
    Query(Query),
    /// The log itself: look at it, check it, mend it, sign it, carry it elsewhere
    #[command(subcommand, after_help = examples::LOG)]
    Log(Log),
    /// Make, list and revoke access tokens
    #[command(subcommand, after_help = examples::TOKEN)]
    Token(Token),
    /// Print the GraphQL schema
    #[command(after_help = examples::SCHEMA)]
    Schema,
    /// Print the kinds, roles, predicates and metrics that claims use
    #[command(after_help = examples::ONTOLOGY)]
    Ontology(Json),
    /// Show settings and where they come from
    #[command(subcommand, after_help = examples::CONFIG)]
    Config(ConfigCommand),
    /// Check this installation, the data folder and the settings
    #[command(after_help = examples::DOCTOR)]
    Doctor(Json),
    /// Print a completion script for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen on; port 0 lets the system choose [default: 127.0.0.1:8080; environment:
    /// LIANZHU_LISTEN]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// Read the eleven bundled articles and the templates of chains first (into ./lianzhu-demo unless --data names another folder)
    #[arg(long)]
    pub(crate) demo: bool,
    /// Record templates of chains first: a TOML file, or a folder of them; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) chain_template: Vec<PathBuf>,
}

/// What is known of an article beside its text; goes before its front matter.
#[derive(Debug, Args)]
pub(crate) struct Metadata {
    /// Title of the article
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Who published it
    #[arg(long)]
    pub(crate) publisher: Option<String>,
    /// When: 2025, 2025-05 or 2025-05-24
    #[arg(long, value_name = "DATE")]
    pub(crate) published_on: Option<FuzzyDate>,
    /// Where it can be read
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Language tag, such as zh
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// Articles: text or Markdown; `-` reads standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) metadata: Metadata,
    /// Tell what would be recorded, and record nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Extract {
    /// Articles: text or Markdown; `-` reads standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) metadata: Metadata,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The article: text or Markdown; `-` reads standard input
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) metadata: Metadata,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The claims file; `-` reads standard input
    #[arg(value_name = "FILE.ndjson")]
    pub(crate) file: PathBuf,
    /// Leave bad lines out, into FILE.bad.ndjson, and import the rest; without it one bad line
    /// keeps everything out
    #[arg(long)]
    pub(crate) skip_bad: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// In which form
    #[arg(long, value_enum, default_value_t = ExportFormat::Ndjson)]
    pub(crate) format: ExportFormat,
    /// As it was known at this position of the log
    #[arg(long, value_name = "SEQ")]
    pub(crate) at: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Claims, one a line, as `import` reads them
    Ndjson,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// XS, S, M or L: a thousand firms, and ten times as many from one to the next
    #[arg(long)]
    pub(crate) size: Size,
    /// The same seed gives the same file, byte for byte
    #[arg(long, value_name = "N")]
    pub(crate) seed: u64,
    /// Add documents, and a quote to every claim
    #[arg(long)]
    pub(crate) evidence: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// The gold annotation
    #[arg(long, value_name = "GOLD.json")]
    pub(crate) gold: PathBuf,
    /// The claims to score; `-` reads standard input
    #[arg(value_name = "CLAIMS.ndjson")]
    pub(crate) claims: PathBuf,
    /// Show relaxed scores: where names and qualifiers need not agree to the letter
    #[arg(long)]
    pub(crate) relaxed: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    /// The query; `-` reads standard input
    #[arg(value_name = "GRAPHQL")]
    pub(crate) query: String,
    /// Its variables, as a JSON object
    #[arg(long, value_name = "JSON")]
    pub(crate) variables: Option<String>,
    /// Which operation, where the query holds several
    #[arg(long, value_name = "NAME")]
    pub(crate) operation: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Show where the log stands and how large it is
    #[command(after_help = examples::LOG_INFO)]
    Info(Json),
    /// Print the last events
    #[command(after_help = examples::LOG_TAIL)]
    Tail(LogTail),
    /// Check everything that is stored, changing nothing
    #[command(after_help = examples::LOG_VERIFY)]
    Verify(LogVerify),
    /// Mend what one copy lost from the other
    #[command(after_help = examples::LOG_REPAIR)]
    Repair(LogRepair),
    /// Sign where the log stands, to show later that nothing before was cut off or rewritten
    #[command(after_help = examples::LOG_CHECKPOINT)]
    Checkpoint(LogCheckpoint),
    /// Write the whole log to a file, hashes and all (`lianzhu export` writes claims)
    #[command(after_help = examples::LOG_EXPORT)]
    Export(LogExport),
    /// Make a new log of an exported one (`lianzhu import` records claims)
    #[command(after_help = examples::LOG_IMPORT)]
    Import(LogImport),
    /// Copy the log to another folder, while a server writes too
    #[command(after_help = examples::LOG_BACKUP)]
    Backup(LogBackup),
    /// Make a new log of a backup
    #[command(after_help = examples::LOG_RESTORE)]
    Restore(LogRestore),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token and print its secret, once
    #[command(after_help = examples::TOKEN_NEW)]
    New(TokenNew),
    /// List tokens, without their secrets
    #[command(after_help = examples::TOKEN_LIST)]
    List(Json),
    /// Revoke a token; a running server learns of it at once
    #[command(after_help = examples::TOKEN_REVOKE)]
    Revoke {
        /// The token's id, as `token list` shows it
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TokenNew {
    /// What its bearer may do; each role includes those before it
    #[arg(long, value_enum)]
    pub(crate) role: AccessRole,
    /// Who bears it; recorded as the author of what they write
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// When it ends: a span such as 30d or 12h, or a date
    #[arg(long, value_name = "SPAN|DATE")]
    pub(crate) expires: Option<String>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AccessRole {
    /// Asks questions
    Reader,
    /// Judges claims
    Reviewer,
    /// Records claims, merges entities
    Editor,
    /// Everything
    Admin,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting, its value and its origin
    #[command(after_help = examples::CONFIG)]
    Show(Json),
}

/// The flag of every command that prints a table.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Json {
    /// Print JSON
    #[arg(long = "json")]
    pub(crate) wanted: bool,
}
