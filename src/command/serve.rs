//! `serve`: the graph over HTTP.
//!
//! The address is bound first, so that a mistake shows at once and probes get an answer (503) while
//! the log is replayed and the demo read. Only then the line goes out that says where.

use std::net::SocketAddr;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gql::{ServerConfig, Services, TokenStore};
use graph::extract::Extractor;
use graph::ledger::Ledger;
use seeds::chain::ChainTemplate;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::Context;
use crate::cli::Serve;
use crate::config::{Config, Origin};
use crate::intake::Intake;
use crate::output::say;
use crate::progress::Progress;
use crate::report::{Failure, cannot_listen};
use crate::telemetry::Signals;
use crate::{demo, templates, wiring};

/// How long threads that still work may go on when the server has ended.
const THREADS_END_WITHIN: Duration = Duration::from_secs(1);

/// The exit code of a process that a signal ended, by custom: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

pub(super) fn run(args: &Serve, context: &mut Context) -> Result<(), Failure> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime: Runtime =
        runtime.map_err(|error| Failure::new(format!("the runtime cannot start: {error}")))?;
    let outcome = runtime.block_on(serve(args, context));
    runtime.shutdown_timeout(THREADS_END_WITHIN);
    outcome
}

async fn serve(args: &Serve, context: &mut Context) -> Result<(), Failure> {
    let config = Arc::clone(&context.config);
    let folder = match config.data() {
        (_, Origin::Default) if args.demo => PathBuf::from(crate::config::DEMO_FOLDER),
        (folder, _) => folder,
    };
    let wanted = config.listen()?;
    let tokens = TokenStore::of_folder(&folder);
    gql::check_exposure(wanted, &tokens)?;
    let mut signals = Signals::listen()?;
    let listener =
        TcpListener::bind(wanted).await.map_err(|error| cannot_listen(wanted, &error))?;
    let address = listener.local_addr().map_err(|error| cannot_listen(wanted, &error))?;

    let (end, ended) = watch::channel(false);
    let (ready, services) = watch::channel(None);
    let mut server = tokio::spawn(gql::run(
        listener,
        until(ended),
        services,
        ServerConfig { version: env!("CARGO_PKG_VERSION").to_owned(), ..ServerConfig::default() },
    ));
    let mut opening = open(&folder, &config, address, Wanted::of(args));
    let opened = tokio::select! {
        opened = &mut opening => finished(opened)?,
        early = &mut server => return Err(ended_early(finished(early))),
        () = signals.next() => {
            say("stopped before the server was ready; what was recorded is safe");
            return Ok(());
        }
    };
    let Opened { ledger, extractor } = opened;
    let services = Services { ledger: ledger.clone(), extractor: Some(extractor), tokens };
    ready.send_replace(Some(services));
    context.out.line_now(format_args!("listening on http://{address}"))?;
    welcome(&folder, address, &ledger);

    tokio::select! {
        early = &mut server => return Err(ended_early(finished(early))),
        () = signals.next() => {}
    }
    say("finishing open requests; Ctrl-C again ends at once");
    end.send_replace(true);
    tokio::select! {
        served = &mut server => finished(served)?,
        () = signals.next() => std::process::exit(INTERRUPTED),
    }
    tokio::select! {
        closed = ledger.close() => closed?,
        () = signals.next() => std::process::exit(INTERRUPTED),
    }
    Ok(())
}

/// What the server answers from, once it is there.
struct Opened {
    ledger: Ledger,
    extractor: Arc<dyn Extractor>,
}

/// What is recorded before anything is answered.
struct Wanted {
    demo: bool,
    templates: Vec<PathBuf>,
}

impl Wanted {
    fn of(args: &Serve) -> Self {
        Self { demo: args.demo, templates: args.chain_template.clone() }
    }
}

/// Opens the log, replays it and reads the demo, on a thread that may block.
fn open(
    folder: &Path,
    config: &Arc<Config>,
    address: SocketAddr,
    wanted: Wanted,
) -> JoinHandle<Result<Opened, Failure>> {
    let (folder, config) = (folder.to_owned(), Arc::clone(config));
    tokio::task::spawn_blocking(move || {
        let extractor = wiring::extractor()?;
        let log = wiring::open_log(&folder, &config)?;
        if let Err(error) = log.announce(&format!("http://{address}")) {
            tracing::warn!(%error, "other processes will not be told this server's address");
        }
        let ledger = wiring::replay(log, &config)?;
        if wanted.demo {
            read_demo(&ledger, &extractor)?;
            record_templates(&ledger, &templates::bundled()?)?;
        }
        record_templates(&ledger, &templates::read(&wanted.templates)?)?;
        Ok(Opened { ledger, extractor })
    })
}

fn read_demo(ledger: &Ledger, extractor: &Arc<dyn Extractor>) -> Result<(), Failure> {
    let articles = demo::articles()?;
    let progress = Progress::of("reading the demo", articles.len() as u64, "articles");
    let extractor = Arc::clone(extractor);
    let intake = Intake { ledger: ledger.clone(), extractor, actor: "demo" };
    for article in articles {
        wiring::block_on(intake.take(&article.document))?;
        progress.advance(1);
    }
    Ok(())
}

fn record_templates(ledger: &Ledger, all: &[ChainTemplate]) -> Result<(), Failure> {
    for template in all {
        wiring::block_on(templates::record(ledger, template))?;
    }
    Ok(())
}

fn welcome(folder: &Path, address: SocketAddr, ledger: &Ledger) {
    let view = ledger.view();
    let (events, documents) = (view.seq(), view.documents().count());
    let folder = folder.display();
    say(format_args!(
        "数据 data        {folder} ({events} events, {documents} documents)
控制台 console   http://{address}/console
接口 GraphQL     http://{address}/graphql
写入 to write    lianzhu token new --role editor --data {folder}
停止 to stop     Ctrl-C"
    ));
}

async fn until(mut told: watch::Receiver<bool>) {
    // The sender is dropped only when the process ends anyway.
    told.wait_for(|end| *end).await.ok();
}

/// What a task came to. A panic in it goes on here, to be told in our words.
fn finished<T, E: Into<Failure>>(joined: Result<Result<T, E>, JoinError>) -> Result<T, Failure> {
    match joined {
        Ok(outcome) => outcome.map_err(Into::into),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => panic::resume_unwind(panic),
            Err(error) => Err(Failure::of(&error)),
        },
    }
}

fn ended_early(outcome: Result<(), Failure>) -> Failure {
    outcome.err().unwrap_or_else(|| Failure::new("the server ended without being asked to"))
}
