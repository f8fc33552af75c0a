//! A ledger to read from: realistic rows in any number, the same for the same seed.
//!
//! Each month is a table of its own, loaded before it has an index and attached when it is whole. Rows that are created
//! and copied in one transaction need no log where `wal_level` is `minimal`.

mod copy;
mod draw;
mod rhythm;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use clap::Args;
use domain::pricing::PriceBook;
use draw::Draw;
use ledger::{Database, DatabaseConfig, prices};
use platform::environment::{AwsConfig, Environment};
use platform::secrets::Secrets;
use rhythm::{Hour, Month};
use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls};

#[derive(Args, Clone)]
pub(crate) struct Arguments {
    #[arg(long)]
    rows: u64,
    /// A superuser's URL of a migrated database whose ledger is empty.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The last row lies before this instant; by default it is now.
    #[arg(long)]
    until: Option<DateTime<Utc>>,
    #[arg(long, default_value_t = 13)]
    months: u32,
    /// Months loaded at the same time.
    #[arg(long, default_value_t = 2)]
    connections: usize,
    /// Leave out the provider's usage objects, which take about a third of a row.
    #[arg(long)]
    without_raw_usage: bool,
}

#[expect(clippy::print_stdout, reason = "the figures are this command's output")]
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let started = Instant::now();
    let client = connect(&arguments.database_url).await?;
    let is_empty: bool = client.query_one("select not exists (select from usage_logs)", &[]).await?.get(0);
    ensure!(is_empty, "the ledger holds rows already");
    let book = Arc::new(load_prices(&arguments.database_url).await?);
    let until = arguments.until.unwrap_or_else(|| std::time::SystemTime::now().into());
    let months = rhythm::months(arguments.rows, until, arguments.months).context("a range of months")?;
    for month in &months {
        client.batch_execute(&format!("drop table if exists {}", month.table())).await?;
    }
    let queue = Arc::new(Mutex::new(months));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..arguments.connections.max(1) {
        workers.spawn(work(arguments.clone(), Arc::clone(&queue), Arc::clone(&book)));
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    let loaded = started.elapsed();
    client.batch_execute("vacuum (analyze) usage_logs").await?;
    let sizes = "select
            sum(pg_table_size(inhrelid))::bigint as heap, sum(pg_indexes_size(inhrelid))::bigint as indexes
        from pg_inherits where inhparent = 'usage_logs'::regclass";
    let row = client.query_one(sizes, &[]).await?;
    let (heap, indexes): (i64, i64) = (row.get("heap"), row.get("indexes"));
    let count: i64 = client.query_one("select count(*) from usage_logs", &[]).await?.get(0);
    println!(
        "{count} rows in {:.1} s, with indexes: {:.0} rows/s",
        loaded.as_secs_f64(),
        per_second(count, loaded)
    );
    println!(
        "{} + {} bytes a row in tables + indexes, {:.2} GB",
        heap / count.max(1),
        indexes / count.max(1),
        gigabytes(heap + indexes)
    );
    Ok(())
}

async fn work(
    arguments: Arguments,
    queue: Arc<Mutex<Vec<Month>>>,
    book: Arc<PriceBook>,
) -> anyhow::Result<()> {
    let mut client = connect(&arguments.database_url).await?;
    client.batch_execute("set maintenance_work_mem = '1GB'; set synchronous_commit = off").await?;
    // Not held over the loading below, which would leave one worker.
    while let Some(month) = { queue.lock().await.pop() } {
        let draw = Draw::new(arguments.seed, &month, Arc::clone(&book), !arguments.without_raw_usage);
        load(&mut client, &month, draw).await.with_context(|| format!("loading {}", month.table()))?;
    }
    Ok(())
}

async fn load(client: &mut Client, month: &Month, mut draw: Draw) -> anyhow::Result<()> {
    let table = month.table();
    let transaction = client.transaction().await?;
    let create = format!("create table {table} (like usage_logs including defaults including constraints)");
    transaction.batch_execute(&create).await?;
    let copy = format!("copy {table} ({}) from stdin with (format binary, freeze)", copy::COLUMNS);
    let mut sink = copy::Sink::new(transaction.copy_in(&copy).await?);
    for Hour { starts_at, rows } in &month.hours {
        for index in 0..*rows {
            sink.send(&draw.row(*starts_at, index, *rows)).await?;
        }
    }
    sink.finish().await?;
    transaction.commit().await?;
    let (from, to) = (month.from.to_rfc3339(), month.to.to_rfc3339());
    let attach =
        format!("alter table usage_logs attach partition {table} for values from ('{from}') to ('{to}')");
    Ok(client.batch_execute(&attach).await?)
}

async fn load_prices(url: &str) -> anyhow::Result<PriceBook> {
    let environment: Environment = [("DATABASE_URL".to_owned(), url.to_owned())].into_iter().collect();
    let config = DatabaseConfig::from_env(&environment)?;
    let database = Database::new(config, Secrets::new(&AwsConfig::default()))?;
    Ok(prices::load(&database).await?)
}

pub(crate) async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.context("Postgres does not answer")?;
    #[expect(clippy::disallowed_methods, reason = "the driver's half of the connection")]
    tokio::spawn(connection);
    Ok(client)
}

#[expect(clippy::cast_precision_loss, reason = "figures to be read")]
fn per_second(count: i64, time: std::time::Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "figures to be read")]
fn gigabytes(bytes: i64) -> f64 {
    bytes as f64 / 1e9
}
