//! Making the rollups anew from the ledger.

use chrono::{DateTime, Utc};
use tokio_postgres::types::Type;

use super::check::{forget, months};
use super::{Pace, State, add_range, begin};
use crate::db::time::Moment;
use crate::db::{Database, DbError};

pub(in crate::db) const SUM_ALL: &str = include_str!("sum_all.sql");

/// Rebuilds the months that a range touches and answers how many there were. Each is replaced in one transaction, so
/// that readers see it as it was or as it should be. What is left of rows that were dropped stays.
pub async fn rebuild(
    database: &Database,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    pace: Pace,
) -> Result<usize, DbError> {
    let from = from.map_or(Moment::Past, Moment::At);
    let to = to.map_or(Moment::Future, Moment::At);
    let mut rebuilt = 0;
    for (month_from, month_to) in months(database, from, to).await? {
        rebuilt += usize::from(rebuild_month(database, month_from, month_to, pace.chunk_rows).await?);
    }
    Ok(rebuilt)
}

async fn rebuild_month(
    database: &Database,
    month_from: DateTime<Utc>,
    month_to: DateTime<Utc>,
    chunk_rows: i64,
) -> Result<bool, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::lock(&transaction).await?;
    let mut from = Moment::At(month_from);
    let to = Moment::At(month_to).min(state.sealed_until);
    // Rows are dropped by whole months.
    if from < state.dropped_until || from >= to {
        return Ok(false);
    }
    transaction
        .execute_typed(
            "delete from usage_rollups where level = 0 or (bucket_at >= $1 and bucket_at < $2)",
            &[(&month_from, Type::TIMESTAMPTZ), (&month_to, Type::TIMESTAMPTZ)],
        )
        .await?;
    while from < to {
        from = add_range(&transaction, from, to, chunk_rows).await?;
    }
    // The chunks have left the sums of this month alone there.
    transaction.execute_typed("delete from usage_rollups where level = 0", &[]).await?;
    transaction.execute_typed(SUM_ALL, &[]).await?;
    forget(&transaction, "true", Moment::At(month_from), Moment::At(month_to)).await?;
    forget(&transaction, "level = 0", Moment::Past, Moment::Future).await?;
    transaction.commit().await?;
    Ok(true)
}
