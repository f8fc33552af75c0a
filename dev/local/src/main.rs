//! All routers in one process, as `cargo xtask up` runs them. Migrates the database and creates two keys first.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};
use local::{host, keys, openapi};
use maintain::{Event, Maintain};
use platform::environment::Environment;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
#[command(about = "Tokenmeter's whole API in one process, for development")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: std::net::IpAddr,
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// File with the local keys; missing keys are generated
    #[arg(long, global = true, default_value = ".dev/env")]
    keys_file: PathBuf,
    /// Worker threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API (default)
    Serve,
    /// Migrate the database, create missing local keys, and exit
    Migrate,
    /// Run maintenance every minute, like the schedule in AWS, for functions that run elsewhere
    Schedule,
    /// Rebuild the rollups of all days in a range from the ledger, compare all rollups with it, and exit
    Rebuild {
        /// RFC 3339; default: the first call
        #[arg(long)]
        from: Option<chrono::DateTime<chrono::Utc>>,
        /// RFC 3339; default: now
        #[arg(long)]
        to: Option<chrono::DateTime<chrono::Utc>>,
    },
    /// Compare all rollups with the ledger, and exit
    Check,
    /// Print the OpenAPI document of all functions
    Openapi,
}

const TICK: Duration = Duration::from_mins(1);

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let environment = Environment::of_process();
    platform::telemetry::init(environment.log_filter());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cli.threads.max(1))
        .enable_all()
        .build()?;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => {
            runtime.block_on(serve(SocketAddr::new(cli.host, cli.port), &cli.keys_file, &environment))
        }
        Command::Migrate => runtime.block_on(migrate(&cli.keys_file, &environment)).map(drop),
        Command::Schedule => runtime.block_on(schedule(&environment)),
        Command::Rebuild { from, to } => {
            runtime.block_on(maintain(Event::Rebuild { from, to }, &environment))
        }
        Command::Check => runtime.block_on(maintain(Event::Check, &environment)),
        #[expect(clippy::print_stdout, reason = "the document is this command's output")]
        Command::Openapi => {
            print!("{}", openapi::document()?);
            Ok(())
        }
    }
}

async fn migrate(keys_file: &std::path::Path, environment: &Environment) -> anyhow::Result<Maintain> {
    let maintain = Maintain::new(maintain::Config::from_env(environment)?)?;
    maintain.handle(Event::All).await.context("migrating the database failed")?;
    keys::ensure(keys_file, environment).await.context("creating the local keys failed")?;
    Ok(maintain)
}

/// Handles one event, and fails if rollups differ from the ledger.
async fn maintain(event: Event, environment: &Environment) -> anyhow::Result<()> {
    let report = Maintain::new(maintain::Config::from_env(environment)?)?.handle(event).await?;
    anyhow::ensure!(report.differences() == 0, "{} rollups differ from the ledger", report.differences());
    Ok(())
}

async fn serve(
    address: SocketAddr,
    keys_file: &std::path::Path,
    environment: &Environment,
) -> anyhow::Result<()> {
    let maintain = migrate(keys_file, environment).await?;
    let chat = chat::ChatState::new(chat::Config::from_env(environment)?).await?;
    let summary = summary::SummaryState::new(summary::Config::from_env(environment)?).await?;
    let admin = admin::AdminState::new(admin::Config::from_env(environment)?).await?;
    chat.warm_up().await;
    let router = local::router(chat, summary, admin);
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("listening on {address} failed"))?;
    announce(listener.local_addr()?);
    tokio::select! {
        () = host::serve(listener, router) => {}
        () = tick(&maintain) => {}
        ended = shutdown_signal() => ended?,
    }
    // As in Lambda, calls in flight are settled, not cut.
    host::drain(Duration::from_secs(10)).await;
    Ok(())
}

async fn schedule(environment: &Environment) -> anyhow::Result<()> {
    let maintain = Maintain::new(maintain::Config::from_env(environment)?)?;
    tokio::select! {
        () = tick(&maintain) => Ok(()),
        ended = shutdown_signal() => ended,
    }
}

/// Waits for SIGTERM or SIGINT.
async fn shutdown_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the parent process waits for this line")]
fn announce(address: SocketAddr) {
    println!("listening on http://{address}");
}

async fn tick(maintain: &Maintain) {
    loop {
        tokio::time::sleep(TICK).await;
        if let Err(error) = maintain.handle(Event::Tick).await {
            tracing::error!(%error, "Maintenance failed; will retry in a minute.");
        }
    }
}
