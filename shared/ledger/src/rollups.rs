//! Sealed sums of the ledger: built exactly once per row, compared with the ledger, and rebuilt from it.
//!
//! The protocol, and why it is exact: docs/adr/0006-sealed-rollups.md.

mod check;
mod level;
mod measures;
mod parts;
mod progress;
mod rebuild;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

pub use check::{Checked, check_all, check_all_watched, check_recent};
pub use measures::measure_columns;
pub use progress::{Done, Watch};
pub use rebuild::{Rebuilt, rebuild, rebuild_watched};

use super::time::Moment;
use super::{Database, DbError};
use crate::executor::{Executor, Transaction};
use crate::pool::Connection;
use crate::statement::{Statement, statement};

/// Waits until every ledger row that has its `created_at` is committed, and moves the mark there. The lock's number is
/// the one in the default of `usage_logs.created_at`; later rows wait for this statement's commit.
const MOVE_MARK: Statement = statement!(
    "rollups/move_mark",
    "update usage_rollup_state
    set sealing_until = greatest(sealing_until, clock_timestamp() - $1 * interval '1 second')
    where pg_advisory_xact_lock(8389759082731831) is not null",
    [FLOAT8]
);
/// A transaction that changes rollups of any time takes the exclusive side; one that works on a single day takes the
/// shared side. Waiting transactions queue, so a sealer gets its turn while several connections rebuild one day after
/// the other. Locks of the state's row would let it wait until all days are done.
const LOCK_SUMS: Statement =
    statement!("rollups/lock_sums", "select pg_advisory_xact_lock(4917563380624517)", []);
const SHARE_SUMS: Statement =
    statement!("rollups/share_sums", "select pg_advisory_xact_lock_shared(4917563380624517)", []);
/// One sealer, checker or rebuilder at a time; the next one reads what the one before has committed. Sealers of the
/// previous release know no other lock.
const LOCK_STATE: Statement = statement!(
    "rollups/lock_state",
    "select sealed_until, sealing_until, dropped_until, checked_until
    from usage_rollup_state
    for update",
    []
);
const SHARE_STATE: Statement = statement!(
    "rollups/share_state",
    "select sealed_until, sealing_until, dropped_until, checked_until
    from usage_rollup_state
    for key share",
    []
);
const CHUNK_END: Statement = statement!("rollups/chunk_end.sql", [TIMESTAMPTZ, TIMESTAMPTZ, INT8]);
const SEAL: Statement = statement!(template "rollups/seal.sql", [TIMESTAMPTZ, TIMESTAMPTZ]);
const HEALTH: Statement = statement!("rollups/health.sql", []);
const MOVE_SEALED: Statement =
    statement!("rollups/move_sealed", "update usage_rollup_state set sealed_until = $1", [TIMESTAMPTZ]);

pub(crate) const STATEMENTS: &[&[&Statement]] = &[
    &[
        &MOVE_MARK,
        &LOCK_SUMS,
        &SHARE_SUMS,
        &LOCK_STATE,
        &SHARE_STATE,
        &CHUNK_END,
        &SEAL,
        &HEALTH,
        &MOVE_SEALED,
    ],
    check::STATEMENTS,
    progress::STATEMENTS,
    rebuild::STATEMENTS,
];

/// What statements may name: parts of several of them, which name each other in this order, and lists of measures,
/// levels and cubes.
pub(crate) fn names() -> Vec<(&'static str, String)> {
    let differ = ("sums_differ", measures::sums_differ());
    parts::texts().chain([differ]).chain(measures::lists()).chain(level::numbers()).collect()
}

/// How much one run seals.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Rows stay unsealed for this long, so that a database clock set back by less writes no rows into a sealed range.
    pub margin: Duration,
    /// Rows of one transaction.
    pub chunk_rows: i64,
    /// No further chunk starts after this; the next run continues.
    pub time: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { margin: Duration::from_secs(2), chunk_rows: 250_000, time: Duration::from_secs(45) }
    }
}

/// The outcome of a sealer run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sealed {
    pub chunks: usize,
    /// Whether everything up to the mark is sealed.
    pub is_complete: bool,
}

/// The state's row, locked until the transaction ends.
#[expect(clippy::struct_field_names, reason = "as the columns")]
struct State {
    sealed_until: Moment,
    sealing_until: Moment,
    dropped_until: Moment,
    checked_until: Moment,
}

impl State {
    async fn lock(transaction: &Transaction<'_>) -> Result<Self, DbError> {
        lock(transaction).await?;
        Self::read(transaction, &LOCK_STATE).await
    }

    /// For work on one day, beside the same on other days.
    async fn share(transaction: &Transaction<'_>) -> Result<Self, DbError> {
        transaction.query(&SHARE_SUMS, &[]).await?;
        Self::read(transaction, &SHARE_STATE).await
    }

    async fn read(transaction: &Transaction<'_>, statement: &Statement) -> Result<Self, DbError> {
        let rows = transaction.query(statement, &[]).await?;
        let row = rows.first().ok_or(DbError::Unexpected("the rollups have no state"))?;
        Ok(Self {
            sealed_until: row.get("sealed_until"),
            sealing_until: row.get("sealing_until"),
            dropped_until: row.get("dropped_until"),
            checked_until: row.get("checked_until"),
        })
    }
}

/// Keeps everyone from working on rollups until the transaction ends.
pub(crate) async fn lock(transaction: &Transaction<'_>) -> Result<(), DbError> {
    transaction.query(&LOCK_SUMS, &[]).await.map(drop)
}

/// A transaction over many rows. Groups are hashed, also where their number is overestimated: sorting rows this wide
/// takes longer than adding them up.
async fn begin(connection: &mut Connection) -> Result<Transaction<'_>, DbError> {
    let transaction = connection.begin().await?;
    transaction
        .batch(
            "set local lock_timeout = '2s'; set local enable_sort = off; set local work_mem = '64MB';
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

/// The only step that settlements wait for: as long as earlier ones take to commit, and a second at most.
pub async fn move_mark(database: &Database, margin: Duration) -> Result<(), DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    // This row first: a rebuild may hold it for long, and waiting for it must not happen under the sealing lock.
    State::lock(&transaction).await?;
    // A connection that died during a settlement holds the lock until the server notices.
    transaction.batch("set local lock_timeout = '1s'").await?;
    let margin = margin.as_secs_f64();
    let moved = transaction.execute(&MOVE_MARK, &[&margin]).await?;
    if moved != 1 {
        return Err(DbError::Unexpected("the rollups have no state"));
    }
    transaction.commit().await?;
    Ok(())
}

/// Seals at most `chunk_rows` rows before the mark and returns whether they were the last.
pub async fn seal_chunk(database: &Database, chunk_rows: i64) -> Result<bool, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::lock(&transaction).await?;
    let (from, to) = (state.sealed_until, state.sealing_until);
    if from >= to {
        return Ok(true);
    }
    let chunk_end = add_range(&transaction, from, to, chunk_rows).await?;
    transaction.execute(&MOVE_SEALED, &[&chunk_end]).await?;
    transaction.commit().await?;
    Ok(chunk_end == to)
}

/// Adds the first `chunk_rows` ledger rows of a range to the rollups and returns where they end.
async fn add_range(
    transaction: &Transaction<'_>,
    from: Moment,
    to: Moment,
    chunk_rows: i64,
) -> Result<Moment, DbError> {
    let rows = transaction.query(&CHUNK_END, &[&from, &to, &chunk_rows]).await?;
    let chunk_end = rows.first().map_or(to, |row| row.get("chunk_end")).min(to);
    transaction.execute(&SEAL, &[&from, &chunk_end]).await?;
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
    /// Sums of price corrections that differ from their entries.
    pub price_sum_differences: i64,
}

pub async fn health(database: &Database) -> Result<Health, DbError> {
    let row: Row = database.query_one(&HEALTH, &[]).await?;
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
