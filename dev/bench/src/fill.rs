//! Fills a ledger with any number of realistic rows, the same for the same seed.
//!
//! Each month is a separate table, loaded without indexes and then attached as a partition. With `wal_level = minimal`,
//! rows copied in the transaction that creates their table are not logged.
//!
//! Or fills the rollups alone, with the sums of those rows: reports can be measured where the rows have no room.

mod copy;
mod generator;
mod rollups;
mod schedule;
mod sums;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use clap::Args;
use domain::pricing::PriceBook;
use ledger::prices;
use platform::progress::{Done, Progress};
use tokio::sync::Mutex;
use tokio_postgres::Client;

use crate::database::{connect, pool};

use generator::RowGenerator;
use schedule::{Hour, Month};
use sums::Groups;

#[derive(Args, Clone)]
pub(crate) struct Arguments {
    /// Number of rows
    #[arg(long)]
    rows: u64,
    /// Superuser URL of a migrated database with an empty ledger
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    #[command(flatten)]
    ledger: LedgerArguments,
    /// Omit the provider's usage objects, which take about a third of a row
    #[arg(long)]
    without_raw_usage: bool,
    /// Fill only the rollups, as if all rows had been sealed and dropped since
    #[arg(long)]
    rollups_only: bool,
}

/// What is filled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Ledger,
    LedgerWithRawUsage,
    Rollups,
}

/// When the calls of a ledger are, and which they are.
#[derive(Args, Clone)]
pub(crate) struct LedgerArguments {
    /// Seed of all random values
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// All rows are before this instant; default: now
    #[arg(long)]
    until: Option<DateTime<Utc>>,
    /// Number of months to fill, including the current one
    #[arg(long, default_value_t = 13)]
    months: u32,
    /// Number of whole hours to fill, instead of months
    #[arg(long)]
    hours: Option<u32>,
    /// Number of months loaded concurrently
    #[arg(long, default_value_t = 2)]
    connections: usize,
}

pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    // For lines about its progress.
    platform::telemetry::init("info");
    let content = match (arguments.rollups_only, arguments.without_raw_usage) {
        (true, _) => Content::Rollups,
        (false, true) => Content::Ledger,
        (false, false) => Content::LedgerWithRawUsage,
    };
    fill(&arguments.database_url, arguments.rows, &arguments.ledger, content).await
}

pub(crate) async fn fill(
    database_url: &str,
    rows: u64,
    ledger: &LedgerArguments,
    content: Content,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let client = connect(database_url).await?;
    let is_empty = "select not exists (select from usage_logs) and not exists (select from usage_rollups)";
    let is_empty: bool = client.query_one(is_empty, &[]).await?.get(0);
    ensure!(is_empty, "the ledger is not empty");
    let book = Arc::new(prices::load(&pool(database_url)?).await?);
    let until = ledger.until.unwrap_or_else(|| std::time::SystemTime::now().into());
    let from = match ledger.hours {
        Some(hours) => schedule::hours_before(until, hours),
        None => schedule::first_month(until, ledger.months),
    };
    let months = from.and_then(|from| schedule::months(rows, from, until)).context("no months to fill")?;
    for month in months.iter().filter(|_| content != Content::Rollups) {
        client.batch_execute(&format!("drop table if exists {}", month.table())).await?;
    }
    let filled = Arc::new(Filled::of(&months));
    let queue = Arc::new(Mutex::new(months));
    let whole = Arc::default();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..ledger.connections.max(1) {
        let worker = Worker {
            database_url: database_url.to_owned(),
            seed: ledger.seed,
            content,
            queue: Arc::clone(&queue),
            book: Arc::clone(&book),
            filled: Arc::clone(&filled),
            whole: Arc::clone(&whole),
        };
        workers.spawn(worker.run());
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    drop(filled);
    if content == Content::Rollups {
        rollups::finish(&client, &*whole.lock().await, until).await?;
        return report(&client, "usage_rollups", started.elapsed()).await;
    }
    report(&client, "usage_logs", started.elapsed()).await
}

/// How many rows are filled, of all workers together.
struct Filled(Mutex<(Progress, Done)>);

impl Filled {
    fn of(months: &[Month]) -> Self {
        let total_steps = months.iter().map(|month| month.hours.len() as u64).sum();
        Self(Mutex::new((Progress::start("fill"), Done { total_steps, ..Done::default() })))
    }

    /// After an hour of the ledger.
    async fn add(&self, rows: u64) {
        let (progress, done) = &mut *self.0.lock().await;
        (done.steps, done.rows) = (done.steps + 1, done.rows + rows);
        progress.update(*done);
    }
}

#[expect(clippy::print_stdout, reason = "the figures are this command's output")]
async fn report(client: &Client, table: &str, loading: Duration) -> anyhow::Result<()> {
    client.batch_execute(&format!("vacuum (analyze) {table}")).await?;
    let sizes = format!(
        "select
            sum(pg_table_size(inhrelid))::bigint as heap, sum(pg_indexes_size(inhrelid))::bigint as indexes,
            (select count(*) from {table}) as count
        from pg_inherits where inhparent = '{table}'::regclass"
    );
    let row = client.query_one(&sizes, &[]).await?;
    let (heap, indexes): (i64, i64) = (row.get("heap"), row.get("indexes"));
    let count: i64 = row.get("count");
    println!(
        "{count} rows in {:.1} s, with indexes: {:.0} rows/s",
        loading.as_secs_f64(),
        per_second(count, loading)
    );
    println!(
        "{} + {} bytes a row in tables + indexes, {:.2} GB",
        heap / count.max(1),
        indexes / count.max(1),
        gigabytes(heap + indexes)
    );
    Ok(())
}

struct Worker {
    database_url: String,
    seed: u64,
    content: Content,
    queue: Arc<Mutex<Vec<Month>>>,
    book: Arc<PriceBook>,
    filled: Arc<Filled>,
    /// The sums of all months.
    whole: Arc<Mutex<Groups>>,
}

impl Worker {
    async fn run(self) -> anyhow::Result<()> {
        let mut client = connect(&self.database_url).await?;
        client.batch_execute("set maintenance_work_mem = '1GB'; set synchronous_commit = off").await?;
        // The lock is released before loading, so that workers run concurrently.
        while let Some(month) = { self.queue.lock().await.pop() } {
            let book = Arc::clone(&self.book);
            let with_raw_usage = self.content == Content::LedgerWithRawUsage;
            let generator = RowGenerator::new(self.seed, &month, book, with_raw_usage);
            let loaded = match self.content {
                Content::Rollups => {
                    rollups::load(&client, &month, generator, &self.filled, &self.whole).await
                }
                Content::Ledger | Content::LedgerWithRawUsage => {
                    load(&mut client, &month, generator, &self.filled).await
                }
            };
            loaded.with_context(|| format!("loading {}", month.table()))?;
        }
        Ok(())
    }
}

async fn load(
    client: &mut Client,
    month: &Month,
    mut generator: RowGenerator,
    filled: &Filled,
) -> anyhow::Result<()> {
    let table = month.table();
    let transaction = client.transaction().await?;
    let create = format!("create table {table} (like usage_logs including defaults including constraints)");
    transaction.batch_execute(&create).await?;
    let copy = format!("copy {table} ({}) from stdin with (format binary, freeze)", copy::COLUMNS);
    let mut sink = copy::CopySink::new(transaction.copy_in(&copy).await?);
    for Hour { starts_at, rows } in &month.hours {
        for index in 0..*rows {
            let row = generator.row(*starts_at, index, *rows);
            sink.send(|out| row.put(out)).await?;
        }
        filled.add(*rows).await;
    }
    sink.finish().await?;
    transaction.commit().await?;
    let (from, to) = (month.from.to_rfc3339(), month.to.to_rfc3339());
    let attach =
        format!("alter table usage_logs attach partition {table} for values from ('{from}') to ('{to}')");
    Ok(client.batch_execute(&attach).await?)
}

#[expect(clippy::cast_precision_loss, reason = "shown rounded")]
fn per_second(count: i64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "shown rounded")]
fn gigabytes(bytes: i64) -> f64 {
    bytes as f64 / 1e9
}
