//! Kills the service under load repeatedly and reconciles its ledger with the provider's counters.

use std::path::PathBuf;
use std::process::ExitCode;

use chaos::{Plan, find_program, run};
use clap::Parser;

#[derive(Parser)]
#[command(about)]
struct Cli {
    /// Number of kills of the service or its database
    #[arg(long, default_value_t = 1000)]
    kills: u32,
    /// How many of the kills hit the database
    #[arg(long, default_value_t = 50)]
    database_crashes: u32,
    /// Kill the service together with its database, before it can settle what the crash lost
    #[arg(long)]
    kill_both: bool,
    /// Number of callers of each kind: plain, streaming, embedding, background
    #[arg(long, default_value_t = 16)]
    callers: usize,
    /// Seed of all random decisions
    #[arg(long, default_value_t = 20_261_123)]
    seed: u64,
    /// The service's program; by default it is built with cargo, or taken from the folder of this program
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
