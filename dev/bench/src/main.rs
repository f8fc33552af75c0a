//! Measurements. Without a command: the overhead of Tokenmeter over direct calls to the provider, on one machine and in
//! one run (`cargo build --release -p local -p mock-provider && cargo run --release -p bench`).

mod client;
mod cpu;
mod database;
mod fill;
mod floor;
mod hot;
mod load;
mod overhead;
mod read;
mod rebuild;
mod sample;
mod seal;
mod server;
mod stack;
mod stream;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    about = "Measurements of Tokenmeter; without a command, its overhead over direct calls to the provider"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    overhead: overhead::Arguments,
    /// Worker threads of the API; a Lambda function has one
    #[arg(long, global = true, default_value_t = 1)]
    threads: usize,
}

#[derive(Subcommand)]
enum Command {
    /// Fill an empty ledger with realistic rows
    Fill(fill::Arguments),
    /// Call with one key under hard limits, with more and more clients, until the limit is used up
    Hot(hot::Arguments),
    /// Time every read endpoint of a running API
    Read(read::Arguments),
    /// Rebuild the rollups of a generated ledger, and compare them with it
    Rebuild(rebuild::Arguments),
    /// Seal a generated ledger
    Seal(seal::Arguments),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(async {
        match &cli.command {
            None => overhead::run(&cli.overhead, cli.threads).await,
            Some(Command::Fill(arguments)) => fill::run(arguments).await,
            Some(Command::Hot(arguments)) => hot::run(arguments, cli.threads).await,
            Some(Command::Read(arguments)) => read::run(arguments).await,
            Some(Command::Rebuild(arguments)) => rebuild::run(arguments).await,
            Some(Command::Seal(arguments)) => seal::run(arguments).await,
        }
    })
}
