//! Sealing a generated ledger, alone or beside settlements.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::ensure;
use futures_util::future::try_join_all;
use ledger::Database;
use ledger::rollups::{self, Pace};

use crate::database::{connect, pool, pool_of};
use crate::fill::{self, Content, LedgerArguments};
use crate::floor::Caller;
use crate::sample::Sample;
use crate::server::MeasuredServer;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Number of calls
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Number of clients that admit and settle calls without pause while the others are sealed
    #[arg(long, default_value_t = 0)]
    clients: usize,
    #[command(flatten)]
    ledger: LedgerArguments,
}

/// Calls of each client without a sealer, for comparison.
const CALLS_ALONE: usize = 1_000;
const COUNTS: &str = "select count(*), (select count(*) from usage_rollups where level = 4 and cube = 0) \
    from usage_rollups";

#[expect(clippy::print_stdout, reason = "the table is this command's output")]
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let server = MeasuredServer::start().await?;
    fill::fill(&server.url(), arguments.rows, &arguments.ledger, Content::Ledger).await?;
    let pace = Pace { time: Duration::MAX, ..Pace::default() };
    let clients = pool_of(&server.url(), arguments.clients.max(1))?;
    let caller = Caller::create(&clients).await?;
    let alone = settle(&clients, caller, arguments.clients, |calls| calls < CALLS_ALONE).await?;

    let is_sealed = AtomicBool::new(false);
    let measurement = server.measure().await?;
    let database = pool(&server.url())?;
    let seal = async {
        let sealed = rollups::seal(&database, pace).await;
        is_sealed.store(true, Ordering::Relaxed);
        anyhow::Ok((sealed?, measurement.end().await?))
    };
    let settled = settle(&clients, caller, arguments.clients, |_| !is_sealed.load(Ordering::Relaxed));
    let ((sealed, spent), beside) = tokio::try_join!(seal, settled)?;
    ensure!(sealed.is_complete, "not everything was sealed");

    println!("\n| calls | chunks | s | calls/s | server µs | instructions | log bytes |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    println!("| {} | {} | {} |", arguments.rows, sealed.chunks, spent.cells(arguments.rows));
    let row = connect(&server.url()).await?.query_one(COUNTS, &[]).await?;
    let (rollups, finest): (i64, i64) = (row.get(0), row.get(1));
    println!("\n{rollups} rollups, {finest} of them the finest; the last three columns are per call");
    if arguments.clients > 0 {
        println!(
            "\n| {} clients | calls | settlement p50 / p99 ms |\n| --- | --- | --- |",
            arguments.clients
        );
        for (name, times) in [("no sealer", alone), ("beside the sealer", beside)] {
            println!("| {name} | {} | {} |", times.len(), Sample::of(times).cell());
        }
    }
    rollups::seal(&database, pace).await?;
    let differences = rollups::check_all(&database).await?.differences;
    ensure!(differences == 0, "{differences} rollups differ from the ledger");
    Ok(())
}

/// The times of the settlements of calls that `clients` make while `goes_on`, which is asked with the number of a
/// client's calls so far.
async fn settle(
    database: &Database,
    caller: Caller,
    clients: usize,
    goes_on: impl Fn(usize) -> bool,
) -> anyhow::Result<Vec<Duration>> {
    let client = async || {
        let mut times = Vec::new();
        while goes_on(times.len()) {
            times.push(caller.call(database).await?.1);
        }
        anyhow::Ok(times)
    };
    Ok(try_join_all((0..clients).map(|_| client())).await?.concat())
}
