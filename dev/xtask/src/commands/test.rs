//! `cargo xtask test`: every check there is, as jobs named by what they protect.

mod contract;
pub(crate) mod e2e;
pub(crate) mod jobs;
mod sdk;

use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::{Args, ValueEnum};

use crate::{interrupt, terminal};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Which jobs to run; all of them by default, those that fail soonest first
    jobs: Vec<Job>,
    /// Run the remaining jobs after one has failed
    #[arg(long)]
    keep_going: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Job {
    /// Formatting and lints
    Rust,
    /// Unused dependencies; licences, advisories and sources of the crates
    Deps,
    /// Lints of new migrations and of routines
    Migrations,
    /// Lint, types, unit tests and build of the dashboard
    Frontend,
    /// Tests and synthesis of the AWS stacks
    Infra,
    /// Every Rust test, on a real Postgres
    RustTests,
    /// The API against its OpenAPI document, on the whole stack; `CONTRACT_SEED` chooses other requests
    Contract,
    /// SDKs, client libraries and agents, on the whole stack
    Sdk,
    /// The dashboard in a real browser, on the whole stack
    E2e,
}

impl Job {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self) -> anyhow::Result<Outcome> {
        match self {
            Self::Rust => jobs::rust().map(|()| Outcome::Passed),
            Self::Deps => jobs::deps(),
            Self::Migrations => jobs::migrations(),
            Self::Frontend => jobs::frontend().map(|()| Outcome::Passed),
            Self::Infra => jobs::infra().map(|()| Outcome::Passed),
            Self::RustTests => jobs::rust_tests().map(|()| Outcome::Passed),
            Self::Contract => contract::run(),
            Self::Sdk => sdk::run(),
            Self::E2e => e2e::run().map(|()| Outcome::Passed),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Skipped,
    Failed,
    NotRun,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let jobs = if arguments.jobs.is_empty() { Job::value_variants() } else { &arguments.jobs };
    let mut table = Vec::new();
    let mut failed = false;
    for &job in jobs {
        if failed && !arguments.keep_going {
            table.push((job.name(), Outcome::NotRun, Duration::ZERO));
            continue;
        }
        terminal::note(&format!("\n=== {}", job.name()));
        let started = Instant::now();
        let outcome = job.run().unwrap_or_else(|error| {
            terminal::failure(&error);
            Outcome::Failed
        });
        interrupt::check()?;
        failed |= outcome == Outcome::Failed;
        table.push((job.name(), outcome, started.elapsed()));
    }
    terminal::result(&render(&table));
    if failed {
        bail!("not every job passed");
    }
    Ok(())
}

fn render(table: &[(String, Outcome, Duration)]) -> String {
    let mut text = String::from("\njob          result    seconds\n");
    for (name, outcome, took) in table {
        let outcome = match outcome {
            Outcome::Passed => "passed",
            Outcome::Skipped => "skipped",
            Outcome::Failed => "FAILED",
            Outcome::NotRun => "not run",
        };
        // A string takes what is written to it.
        let _ = writeln!(text, "{name:<12} {outcome:<8} {:>8.1}", took.as_secs_f64());
    }
    let total: Duration = table.iter().map(|(_, _, took)| *took).sum();
    let _ = write!(text, "{:<12} {:<8} {:>8.1}", "total", "", total.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_shows_each_job_and_the_sum() {
        let table = [
            ("rust".to_owned(), Outcome::Passed, Duration::from_millis(1500)),
            ("e2e".to_owned(), Outcome::Failed, Duration::from_millis(500)),
        ];
        let text = render(&table);
        let lines: Vec<&str> = text.trim().lines().collect();
        assert_eq!(lines[1], "rust         passed        1.5");
        assert_eq!(lines[2], "e2e          FAILED        0.5");
        assert_eq!(lines[3], "total                      2.0");
    }
}
