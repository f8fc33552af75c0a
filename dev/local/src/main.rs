//! All routers in one process, as `cargo xtask up` runs them. Migrates the database and creates two keys first.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};
use local::{Settings, keys, openapi};
use maintain::{Event, Maintain};
use platform::environment::Environment;

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

const DRAIN: Duration = Duration::from_secs(10);

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
            let address = SocketAddr::new(cli.host, cli.port);
            runtime.block_on(serve(address, &cli.keys_file, &environment))
        }
        Command::Migrate => runtime.block_on(migrate(&cli.keys_file, &environment)).map(drop),
        Command::Schedule => runtime.block_on(schedule(&environment)),
        Command::Rebuild { from, to } => {
            runtime.block_on(local::maintain(Event::Rebuild { from, to }, &environment))
        }
        Command::Check => runtime.block_on(local::maintain(Event::Check, &environment)),
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

async fn serve(
    address: SocketAddr,
    keys_file: &std::path::Path,
    environment: &Environment,
) -> anyhow::Result<()> {
    let maintain = migrate(keys_file, environment).await?;
    local::serve(Settings { address, drain: DRAIN }, &maintain, environment).await
}

async fn schedule(environment: &Environment) -> anyhow::Result<()> {
    local::schedule(&Maintain::new(maintain::Config::from_env(environment)?)?).await
}
