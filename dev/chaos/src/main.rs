//! Kills the service under load, again and again, and reconciles its ledger with the provider's own counters.

use std::path::PathBuf;
use std::process::ExitCode;

use chaos::{Plan, find_program, run};
use clap::Parser;

#[derive(Parser)]
#[command(about)]
struct Cli {
    /// How often the service is killed.
    #[arg(long, default_value_t = 1000)]
    kills: u32,
    /// Callers of each kind: plain, streaming, embedding.
    #[arg(long, default_value_t = 16)]
    callers: usize,
    /// Draws kills and calls; the same seed draws the same.
    #[arg(long, default_value_t = 20_261_123)]
    seed: u64,
    /// A superuser's URL of a Postgres server; the run makes a database of its own there and drops it.
    #[arg(long, env = "TEST_DATABASE_URL", hide_env_values = true)]
    database_url: String,
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
    let plan = Plan { kills: cli.kills, callers_of_each_kind: cli.callers, seed: cli.seed, program };
    let report = run(&plan, &cli.database_url).await?;
    println!("{report}");
    Ok(if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
