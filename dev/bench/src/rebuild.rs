//! Rebuilding the rollups of a generated ledger, and comparing them with it: of sums that were lost, and of right ones.

use anyhow::ensure;
use ledger::{Database, rollups};

use crate::database::{connect, pool_of};
use crate::fill::{self, Content, LedgerArguments};
use crate::server::MeasuredServer;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Number of calls
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Number of connections of the process that rebuilds; a Lambda function has one
    #[arg(long, default_value_t = 2)]
    pool_size: usize,
    #[command(flatten)]
    ledger: LedgerArguments,
}

/// As if everything had been sealed and the rollups lost since.
const LOSE: &str = "truncate usage_rollups; \
    update usage_rollup_state set sealing_until = clock_timestamp(), sealed_until = clock_timestamp()";
const ROLLUPS: &str = "select count(*) from usage_rollups";

#[expect(clippy::print_stdout, reason = "the table is this command's output")]
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let server = MeasuredServer::start().await?;
    fill::fill(&server.url(), arguments.rows, &arguments.ledger, Content::Ledger).await?;
    let client = connect(&server.url()).await?;
    client.batch_execute(LOSE).await?;
    println!(
        "\n| {} connections | s | calls/s | server µs | instructions | log bytes |",
        arguments.pool_size
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for step in [Step::RebuildLost, Step::Check, Step::RebuildRight] {
        let measurement = server.measure().await?;
        step.run(&pool_of(&server.url(), arguments.pool_size)?).await?;
        let spent = measurement.end().await?;
        println!("| {} | {} |", step.name(), spent.cells(arguments.rows));
    }
    let rollups: i64 = client.query_one(ROLLUPS, &[]).await?.get(0);
    println!("\n{} calls, {rollups} rollups; the last four columns are per call", arguments.rows);
    Ok(())
}

#[derive(Clone, Copy)]
enum Step {
    RebuildLost,
    Check,
    RebuildRight,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::RebuildLost => "rebuild of what was lost",
            Self::Check => "check",
            Self::RebuildRight => "rebuild of what is right",
        }
    }

    async fn run(self, database: &Database) -> anyhow::Result<()> {
        match self {
            Self::RebuildLost | Self::RebuildRight => {
                rollups::rebuild(database, None, None, None).await?;
            }
            Self::Check => {
                let checked = rollups::check_all(database).await?;
                ensure!(checked.differences == 0, "{} rollups differ from the ledger", checked.differences);
            }
        }
        Ok(())
    }
}
