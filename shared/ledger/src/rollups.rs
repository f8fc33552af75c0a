//! Sealed sums of the ledger: built exactly once per row, compared with the ledger, and rebuilt from it.
//!
//! The protocol, and why it is exact: docs/adr/0006-sealed-rollups.md.

mod check;
mod rebuild;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Transaction};

pub(super) use check::{
    COMPARE_LEDGER, COMPARE_LEVELS, COMPARE_LEVELS_TYPES, COMPARE_PRICES, MONTHS, NEXT_BUCKET,
    NEXT_BUCKET_TYPES,
};
pub use check::{Checked, check_all, check_recent};
pub use rebuild::{Rebuilt, rebuild};
pub(super) use rebuild::{SUM_ALL, SUM_LEVEL, SUM_LEVEL_TYPES, SUM_PRICES, SUM_QUARTERS};

use super::time::Moment;
use super::{Database, DbError};

pub(super) const MOVE_MARK: &str = include_str!("rollups/move_mark.sql");
pub(super) const MOVE_MARK_TYPES: &[Type] = &[Type::FLOAT8];
pub(super) const LOCK_STATE: &str = include_str!("rollups/lock_state.sql");
pub(super) const CHUNK_END: &str = include_str!("rollups/chunk_end.sql");
pub(super) const CHUNK_END_TYPES: &[Type] = &[Type::TIMESTAMPTZ, Type::TIMESTAMPTZ, Type::INT8];
pub(super) const SEAL: &str = include_str!("rollups/seal.sql");
/// Of every statement about a range.
pub(super) const RANGE_TYPES: &[Type] = &[Type::TIMESTAMPTZ, Type::TIMESTAMPTZ];
pub(super) const NO_TYPES: &[Type] = &[];

/// How much is sealed, and how.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Rows stay unsealed for this long: a database whose clock is set back by less writes none into what is sealed.
    pub margin: Duration,
    /// Rows of one transaction.
    pub chunk_rows: i64,
    /// No further chunk is begun after this; the next run goes on.
    pub time: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { margin: Duration::from_secs(2), chunk_rows: 250_000, time: Duration::from_secs(45) }
    }
}

/// What a run of the sealer did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sealed {
    pub chunks: usize,
    /// Whether everything up to the mark is sealed.
    pub is_complete: bool,
}

#[expect(clippy::struct_field_names, reason = "as the columns")]
/// The state's row, locked until the transaction ends.
struct State {
    sealed_until: Moment,
    sealing_until: Moment,
    dropped_until: Moment,
    checked_until: Moment,
}

impl State {
    async fn lock(transaction: &Transaction<'_>) -> Result<Self, DbError> {
        let rows = transaction.query_typed(LOCK_STATE, &[]).await?;
        let row = rows.first().ok_or(DbError::Unexpected("the rollups have no state"))?;
        Ok(Self {
            sealed_until: row.get("sealed_until"),
            sealing_until: row.get("sealing_until"),
            dropped_until: row.get("dropped_until"),
            checked_until: row.get("checked_until"),
        })
    }
}

/// A transaction over many rows. Sums of histograms are large, so groups are sorted and not hashed: one at a time.
async fn begin(client: &mut tokio_postgres::Client) -> Result<Transaction<'_>, DbError> {
    let transaction = client.transaction().await?;
    transaction
        .batch_execute(
            "set local lock_timeout = '2s'; set local enable_hashagg = off; set local work_mem = '64MB';
            set local jit = off",
        )
        .await?;
    Ok(transaction)
}

/// Moves the mark to the database's clock and seals what lies before it.
pub async fn seal(database: &Database, pace: Pace) -> Result<Sealed, DbError> {
    let started = Instant::now();
    move_mark(database, pace.margin).await?;
    let mut sealed = Sealed::default();
    while !sealed.is_complete && (sealed.chunks == 0 || started.elapsed() < pace.time) {
        sealed.is_complete = seal_chunk(database, pace.chunk_rows).await?;
        sealed.chunks += 1;
    }
    Ok(sealed)
}

/// The one moment that settlements wait for: as long as those before it take to commit, and never over a second.
pub async fn move_mark(database: &Database, margin: Duration) -> Result<(), DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    // First this row, which a rebuild may hold for long: nobody may wait for it while holding the sealing lock.
    State::lock(&transaction).await?;
    // A connection that died half-way through a settlement holds the lock until the server notices.
    transaction.batch_execute("set local lock_timeout = '1s'").await?;
    let margin = margin.as_secs_f64();
    let moved = transaction.execute_typed(MOVE_MARK, &[(&margin, Type::FLOAT8)]).await?;
    if moved != 1 {
        return Err(DbError::Unexpected("the rollups have no state"));
    }
    transaction.commit().await?;
    Ok(())
}

/// Seals at most `chunk_rows` rows before the mark and answers whether they were the last.
pub async fn seal_chunk(database: &Database, chunk_rows: i64) -> Result<bool, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::lock(&transaction).await?;
    let (from, to) = (state.sealed_until, state.sealing_until);
    if from >= to {
        return Ok(true);
    }
    let chunk_end = add_range(&transaction, from, to, chunk_rows).await?;
    transaction
        .execute_typed("update usage_rollup_state set sealed_until = $1", &[(&chunk_end, Type::TIMESTAMPTZ)])
        .await?;
    transaction.commit().await?;
    Ok(chunk_end == to)
}

/// Adds the first `chunk_rows` ledger rows of a range to the rollups and answers where they end.
async fn add_range(
    transaction: &Transaction<'_>,
    from: Moment,
    to: Moment,
    chunk_rows: i64,
) -> Result<Moment, DbError> {
    let params =
        [(&from as _, Type::TIMESTAMPTZ), (&to as _, Type::TIMESTAMPTZ), (&chunk_rows as _, Type::INT8)];
    let rows = transaction.query_typed(CHUNK_END, &params).await?;
    let chunk_end = rows.first().map_or(to, |row| row.get("chunk_end")).min(to);
    transaction.execute_typed(SEAL, &[(&from, Type::TIMESTAMPTZ), (&chunk_end, Type::TIMESTAMPTZ)]).await?;
    Ok(chunk_end)
}

/// How far the rollups reach, and what the last comparison found.
#[derive(Debug, Clone)]
pub struct Health {
    /// `None` before the first seal.
    pub sealed_until: Option<DateTime<Utc>>,
    pub lag: Option<Duration>,
    pub checked_at: Option<DateTime<Utc>>,
    pub checked_until: Option<DateTime<Utc>>,
    pub dropped_until: Option<DateTime<Utc>>,
    pub differences: i64,
    /// Sums of corrections of prices that differ from their entries.
    pub price_sum_differences: i64,
}

pub(super) const HEALTH: &str = include_str!("rollups/health.sql");

pub async fn health(database: &Database) -> Result<Health, DbError> {
    let row: Row = database.query_one(HEALTH, &[]).await?;
    let instant = |column: &str| row.get::<_, Moment>(column).finite();
    Ok(Health {
        sealed_until: instant("sealed_until"),
        lag: row
            .get::<_, Option<f64>>("lag_seconds")
            .map(|seconds| Duration::from_secs_f64(seconds.max(0.0))),
        checked_at: row.get("checked_at"),
        checked_until: instant("checked_until"),
        dropped_until: instant("dropped_until"),
        differences: row.get("differences"),
        price_sum_differences: row.get("price_sum_differences"),
    })
}
