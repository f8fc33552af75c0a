//! Measures the `chat` binary under a local Runtime API, with the Postgres of `TEST_DATABASE_URL` or in the shape of
//! production.

mod measure;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print a Markdown table: cold start, memory, latency of a plain call, first byte of a stream
    Measure {
        /// The function's binary
        #[arg(long, default_value = "target/release/chat")]
        binary: PathBuf,
        /// Number of cold starts
        #[arg(long, default_value_t = 20)]
        starts: usize,
        /// Number of calls
        #[arg(long, default_value_t = 10_000)]
        calls: usize,
        /// As in AWS: TLS to Postgres, Secrets Manager and the provider, login with tokens, secrets that are read. Starts
        /// a Postgres of its own, which does not flush
        #[arg(long)]
        production: bool,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Command::Measure { binary, starts, calls, production } = Arguments::parse().command;
    let table = if production {
        measure::in_production(&binary, starts, calls).await?
    } else {
        measure::locally(&binary, starts, calls).await?
    };
    std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes())?;
    Ok(())
}
