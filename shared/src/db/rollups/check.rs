//! Comparing the rollups with the ledger they were made from.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::{State, begin};
use crate::db::time::Moment;
use crate::db::{Database, DbError};

pub(in crate::db) const COMPARE_LEDGER: &str = include_str!("compare_ledger.sql");
pub(in crate::db) const COMPARE_LEVELS: &str = include_str!("compare_levels.sql");
pub(in crate::db) const MONTHS: &str = include_str!("months.sql");

/// The longest range that a run each minute compares.
const RECENT: TimeDelta = TimeDelta::hours(1);
const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// What a comparison found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Groups whose sums differ. They are kept in `usage_rollup_differences`.
    pub differences: usize,
}

/// Compares the quarters of an hour that were completed since the last time, at most the last hour of them.
pub async fn check_recent(database: &Database) -> Result<Checked, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::lock(&transaction).await?;
    let Moment::At(sealed_until) = state.sealed_until else { return Ok(Checked::default()) };
    let to = sealed_until.duration_trunc(QUARTER).map_err(|_| DbError::Unexpected("a time out of range"))?;
    let from = Moment::At(to - RECENT).max(state.checked_until).max(state.dropped_until);
    if from >= Moment::At(to) {
        return Ok(Checked::default());
    }
    let differences = compare(&transaction, COMPARE_LEDGER, from, Moment::At(to)).await?;
    transaction
        .execute_typed(
            "update usage_rollup_state set checked_until = $1, checked_at = clock_timestamp()",
            &[(&to, Type::TIMESTAMPTZ)],
        )
        .await?;
    transaction.commit().await?;
    Ok(Checked { differences })
}

/// Compares everything: each quarter of an hour with the ledger, and each larger bucket with those.
pub async fn check_all(database: &Database) -> Result<Checked, DbError> {
    let mut differences = 0;
    for (month_from, month_to) in months(database, Moment::Past, Moment::Future).await? {
        let mut day = month_from;
        while day < month_to {
            differences += check_day(database, day).await?;
            day += TimeDelta::days(1);
        }
        differences += check_levels(database, month_from, month_to).await?;
    }
    let client = database.connection().await?;
    let checked = "update usage_rollup_state set checked_at = clock_timestamp()";
    client.execute_typed(checked, &[]).await?;
    Ok(Checked { differences })
}

/// A day in a transaction of its own: the sealer waits no longer than that.
async fn check_day(database: &Database, day: DateTime<Utc>) -> Result<usize, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::lock(&transaction).await?;
    let from = Moment::At(day).max(state.dropped_until);
    let to = Moment::At(day + TimeDelta::days(1)).min(state.sealed_until);
    if from >= to {
        return Ok(0);
    }
    forget(&transaction, "level = 4 and cube = 0", from, to).await?;
    let differences = compare(&transaction, COMPARE_LEDGER, from, to).await?;
    transaction.commit().await?;
    Ok(differences)
}

async fn check_levels(
    database: &Database,
    month_from: DateTime<Utc>,
    month_to: DateTime<Utc>,
) -> Result<usize, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    State::lock(&transaction).await?;
    let (from, to) = (Moment::At(month_from), Moment::At(month_to));
    forget(&transaction, "(level < 4 or cube > 0)", from, to).await?;
    forget(&transaction, "level = 0", Moment::Past, Moment::Future).await?;
    let differences = compare(&transaction, COMPARE_LEVELS, from, to).await?;
    transaction.commit().await?;
    Ok(differences)
}

async fn compare(
    transaction: &Transaction<'_>,
    statement: &str,
    from: Moment,
    to: Moment,
) -> Result<usize, DbError> {
    let range = [(&from as _, Type::TIMESTAMPTZ), (&to as _, Type::TIMESTAMPTZ)];
    Ok(transaction.query_typed(statement, &range).await?.len())
}

/// Removes what earlier comparisons of a range found.
pub(super) async fn forget(
    transaction: &Transaction<'_>,
    which: &'static str,
    from: Moment,
    to: Moment,
) -> Result<(), DbError> {
    let delete =
        format!("delete from usage_rollup_differences where bucket_at >= $1 and bucket_at < $2 and {which}");
    transaction.execute_typed(&delete, &[(&from, Type::TIMESTAMPTZ), (&to, Type::TIMESTAMPTZ)]).await?;
    Ok(())
}

/// First instants of the months with rows in a range, each with that of the next.
pub(super) async fn months(
    database: &Database,
    from: Moment,
    to: Moment,
) -> Result<Vec<(DateTime<Utc>, DateTime<Utc>)>, DbError> {
    let rows = database.query(MONTHS, &[(&from, Type::TIMESTAMPTZ), (&to, Type::TIMESTAMPTZ)]).await?;
    Ok(rows.iter().map(|row| (row.get("month_from"), row.get("month_to"))).collect())
}
