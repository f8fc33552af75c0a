//! Tokenmeter in one process: the API and its maintenance, for machines without AWS.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use maintain::{Event, Maintain};
use platform::environment::Environment;
use server::{Settings, health, keys, refuse_development_values};

#[derive(Parser)]
#[command(name = "tokenmeter", version, about = "Tokenmeter in one process. Settings: docs/CONFIGURATION.md")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Migrate the database, then serve the API and run maintenance every minute
    Serve(Serve),
    /// Migrate the database, and exit
    Migrate,
    /// Create an admin key and print its secret, which is shown once
    CreateAdminKey {
        /// Name of the key, as lists and the audit log show it
        #[arg(long, default_value = "administrator")]
        name: String,
    },
    /// Compare all rollups with the ledger, and exit
    Check,
    /// Rebuild the rollups of all days in a range from the ledger, compare all rollups with it, and exit
    Rebuild {
        /// RFC 3339; default: the first call
        #[arg(long)]
        from: Option<chrono::DateTime<chrono::Utc>>,
        /// RFC 3339; default: now
        #[arg(long)]
        to: Option<chrono::DateTime<chrono::Utc>>,
    },
    /// Ask a server on this machine whether it and its database are available
    Health {
        #[arg(long, default_value_t = 8000)]
        port: u16,
    },
}

#[derive(Args)]
struct Serve {
    /// Address to listen on
    #[arg(long, default_value = "0.0.0.0")]
    host: IpAddr,
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// How long calls in flight may take after SIGTERM
    #[arg(long, default_value_t = 110)]
    drain_seconds: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let environment = Environment::of_process();
    platform::telemetry::init(environment.log_filter());
    match cli.command {
        Command::Serve(serve) => run(&serve, &environment).await,
        Command::Migrate => migrate(&environment).await.map(drop),
        #[expect(clippy::print_stdout, reason = "the secret is this command's output")]
        Command::CreateAdminKey { name } => {
            println!("{}", keys::create_admin(&name, &environment).await?.reveal());
            Ok(())
        }
        Command::Check => server::maintain(Event::Check, &environment).await,
        Command::Rebuild { from, to } => server::maintain(Event::Rebuild { from, to }, &environment).await,
        Command::Health { port } => health::check(port).await,
    }
}

async fn run(serve: &Serve, environment: &Environment) -> anyhow::Result<()> {
    refuse_development_values(environment)?;
    let maintain = migrate(environment).await?;
    let settings = Settings {
        address: SocketAddr::new(serve.host, serve.port),
        drain: Duration::from_secs(serve.drain_seconds),
    };
    server::serve(settings, &maintain, environment).await
}

async fn migrate(environment: &Environment) -> anyhow::Result<Maintain> {
    let maintain = Maintain::new(maintain::Config::from_env(environment)?)?;
    maintain.handle(Event::All).await.context("migrating the database failed")?;
    Ok(maintain)
}
