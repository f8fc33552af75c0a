//! Kills the service under load, again and again, and reconciles its ledger with the provider's own counters.

use std::path::PathBuf;
use std::process::ExitCode;

use chaos::{Plan, find_program, run};
use clap::Parser;

#[derive(Parser)]
#[command(about)]
struct Cli {
    /// How often the service or its database is killed.
    #[arg(long, default_value_t = 1000)]
    kills: u32,
    /// How many of the kills hit the database.
    #[arg(long, default_value_t = 50)]
    database_crashes: u32,
    /// Kill the service with its database, before it can settle anything that the crash took.
    #[arg(long)]
    kill_both: bool,
    /// Callers of each kind: plain, streaming, embedding.
    #[arg(long, default_value_t = 16)]
    callers: usize,
    /// Draws kills and calls; the same seed draws the same.
    #[arg(long, default_value_t = 20_261_123)]
    seed: u64,
    /// The service to kill; built by cargo, or taken from beside this program, where none is named.
    #[arg(long)]
    service: Option<PathBuf>,
    #[arg(long, env = "CARGO", hide = true)]
    cargo: Option<String>,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the report is this program's output")]
async fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    let program = match cli.service {
        Some(program) => program,
        None => find_program(cli.cargo.as_deref())?,
    };
    println!("seed {}", cli.seed);
    let plan = Plan {
        kills: cli.kills,
        database_crashes: cli.database_crashes,
        kill_both: cli.kill_both,
        callers_of_each_kind: cli.callers,
        seed: cli.seed,
        program,
    };
    let report = run(&plan).await?;
    println!("{report}");
    Ok(if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
