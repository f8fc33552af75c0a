//! The demo's commands, as `cargo xtask up --demo` runs them.

use std::time::Instant;

use clap::{Parser, Subcommand};
use demo::{Filled, fill, live};
use platform::environment::Environment;

#[derive(Parser)]
#[command(about = "Ninety days of calls for Tokenmeter's dashboard")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Seed of all random values
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
}

#[derive(Subcommand)]
enum Command {
    /// Fill the ledger of a migrated database, if it is empty
    Fill,
    /// Make two calls a minute until interrupted
    Live {
        /// Address of the API
        #[arg(long, default_value = "127.0.0.1:8000")]
        address: String,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let environment = Environment::of_process();
    platform::telemetry::init(environment.log_filter());
    match cli.command {
        Command::Fill => {
            let started = Instant::now();
            report(fill(&environment, cli.seed).await?, started);
            Ok(())
        }
        Command::Live { address } => live::run(&address, &environment, cli.seed).await,
    }
}

#[expect(clippy::print_stdout, reason = "the count is this command's output")]
fn report(filled: Filled, started: Instant) {
    match filled {
        Filled::Now(calls) => {
            println!("filled the ledger with {calls} calls in {:.1} s", started.elapsed().as_secs_f64());
        }
        Filled::Before => println!("the ledger has the demo's calls"),
    }
}
