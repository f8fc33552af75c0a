//! Comparing what was sealed since the last comparison.

use chrono::{DateTime, Months, TimeDelta, Utc};

use super::super::level::{ALL_TIME, Compared, DAYS, HOURS, MONTHS, QUARTERS};
use super::super::{State, begin};
use super::{Checked, DAY, check_prices, compare_levels, forget, month_of, trunc};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};
use crate::time::Moment;
use crate::{Database, DbError};

pub(super) const COMPARE_LEDGER: Statement =
    statement!(template "rollups/compare_ledger.sql", [TIMESTAMPTZ, TIMESTAMPTZ]);
pub(super) const NEXT_BUCKET: Statement = statement!(template "rollups/next_bucket.sql", [TIMESTAMPTZ]);
pub(super) const MOVE_CHECKED: Statement = statement!(
    "rollups/move_checked",
    "update usage_rollup_state set checked_until = $1, checked_at = clock_timestamp()",
    [TIMESTAMPTZ]
);

/// The longest range that one run compares. An hour per minute catches up after a pause, and ranges without calls are
/// skipped.
const RECENT: TimeDelta = TimeDelta::hours(1);
const QUARTER: TimeDelta = TimeDelta::minutes(15);
const HOUR: TimeDelta = TimeDelta::hours(1);

/// Compares the quarters of an hour that were completed since the last time with the ledger, an hour of them at most;
/// each hour with its quarters once it is whole, and once a day is, that day, its month and all time, and the sums of
/// prices.
pub async fn check_recent(database: &Database) -> Result<Checked, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::lock(&transaction).await?;
    let Moment::At(sealed_until) = state.sealed_until else { return Ok(Checked::default()) };
    let end = trunc(sealed_until, QUARTER)?;
    let known = state.checked_until.max(state.dropped_until);
    if known >= Moment::At(end) {
        return Ok(Checked::default());
    }
    let next = transaction.query_opt(&NEXT_BUCKET, &[&known]).await?;
    let from = next
        .map_or(end, |row| row.get("bucket_at"))
        .clamp(known.finite().unwrap_or(DateTime::<Utc>::MIN_UTC), end);
    let to = (from + RECENT).min(end);
    let mut differences = 0;
    if from < to {
        differences += compare(&transaction, from, to).await?;
    }
    let known = known.finite().unwrap_or(from);
    let (hour_from, hour_to) = (trunc(known, HOUR)?, trunc(to, HOUR)?);
    if hour_from < hour_to {
        for level in [QUARTERS, HOURS] {
            differences +=
                compare_levels(&transaction, Moment::At(hour_from), Moment::At(hour_to), &level).await?.count;
        }
    }
    let (day_from, day_to) = (trunc(known, DAY)?, trunc(to, DAY)?);
    let is_new_day = day_from < day_to;
    if is_new_day {
        differences +=
            compare_levels(&transaction, Moment::At(day_from), Moment::At(day_to), &DAYS).await?.count;
        let month_from = month_of(day_from);
        let month_to = month_of(day_to - DAY) + Months::new(1);
        let (month_from, month_to) = (Moment::At(month_from), Moment::At(month_to));
        differences += compare_levels(&transaction, month_from, month_to, &MONTHS).await?.count;
        differences += compare_levels(&transaction, Moment::Past, Moment::Future, &ALL_TIME).await?.count;
    }
    transaction.execute(&MOVE_CHECKED, &[&to]).await?;
    transaction.commit().await?;
    // A function has only this connection.
    drop(client);
    let price_sum_differences = if is_new_day { check_prices(database).await? } else { 0 };
    Ok(Checked { differences, price_sum_differences })
}

/// The quarters of an hour in a range against the ledger.
async fn compare(
    transaction: &Transaction<'_>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<usize, DbError> {
    forget(transaction, Compared::LEDGER, Moment::At(from), Moment::At(to)).await?;
    Ok(transaction.query(&COMPARE_LEDGER, &[&from, &to]).await?.len())
}
