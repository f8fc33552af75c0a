//! Comparing the rollups with the ledger and with each other.

use chrono::{DateTime, DurationRound, Months, TimeDelta, Utc};

use super::level::{ALL_TIME, Compared, DAYS, HOURS, Level, MONTHS, QUARTERS};
use super::progress::{Done, Watch, days};
use super::{State, begin};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};
use crate::time::Moment;
use crate::{Database, DbError};

const COMPARE_LEDGER: Statement =
    statement!(template "rollups/compare_ledger.sql", [TIMESTAMPTZ, TIMESTAMPTZ]);
const COMPARE_LEVELS: Statement =
    statement!(template "rollups/compare_levels.sql", [TIMESTAMPTZ, TIMESTAMPTZ, INT2, INT2, TEXT]);
const COMPARE_PRICES: Statement = statement!("rollups/compare_prices.sql", []);
const LIST_MONTHS: Statement = statement!(template "rollups/months.sql", [TIMESTAMPTZ, TIMESTAMPTZ]);
const NEXT_BUCKET: Statement = statement!(template "rollups/next_bucket.sql", [TIMESTAMPTZ]);
const MOVE_CHECKED: Statement = statement!(
    "rollups/move_checked",
    "update usage_rollup_state set checked_until = $1, checked_at = clock_timestamp()",
    [TIMESTAMPTZ]
);
const SET_CHECKED: Statement =
    statement!("rollups/set_checked", "update usage_rollup_state set checked_at = clock_timestamp()", []);
const FORGET: Statement = statement!(
    "rollups/forget",
    "delete from usage_rollup_differences
    where bucket_at >= $1 and bucket_at < $2 and level = any($3) and cube = any($4)",
    [TIMESTAMPTZ, TIMESTAMPTZ, INT2_ARRAY, INT2_ARRAY]
);

pub(crate) const STATEMENTS: &[&Statement] = &[
    &COMPARE_LEDGER,
    &COMPARE_LEVELS,
    &COMPARE_PRICES,
    &LIST_MONTHS,
    &NEXT_BUCKET,
    &MOVE_CHECKED,
    &SET_CHECKED,
    &FORGET,
];

/// The longest range that one run compares. An hour per minute catches up after a pause, and ranges without calls are
/// skipped.
const RECENT: TimeDelta = TimeDelta::hours(1);
const QUARTER: TimeDelta = TimeDelta::minutes(15);
const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

/// The outcome of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Groups whose sums differ, stored in `usage_rollup_differences`.
    pub differences: usize,
    /// Sums of price corrections that differ from their entries.
    pub price_sum_differences: i64,
}

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
                compare_levels(&transaction, Moment::At(hour_from), Moment::At(hour_to), &level).await?;
        }
    }
    let (day_from, day_to) = (trunc(known, DAY)?, trunc(to, DAY)?);
    let is_new_day = day_from < day_to;
    if is_new_day {
        differences += compare_levels(&transaction, Moment::At(day_from), Moment::At(day_to), &DAYS).await?;
        let month_from = month_of(day_from);
        let month_to = month_of(day_to - DAY) + Months::new(1);
        let (month_from, month_to) = (Moment::At(month_from), Moment::At(month_to));
        differences += compare_levels(&transaction, month_from, month_to, &MONTHS).await?;
        differences += compare_levels(&transaction, Moment::Past, Moment::Future, &ALL_TIME).await?;
    }
    transaction.execute(&MOVE_CHECKED, &[&to]).await?;
    transaction.commit().await?;
    // A function has only this connection.
    drop(client);
    let price_sum_differences = if is_new_day { check_prices(database).await? } else { 0 };
    Ok(Checked { differences, price_sum_differences })
}

/// Compares everything: each quarter of an hour with the ledger, each larger bucket with those, and the sums of price
/// corrections with their entries.
pub async fn check_all(database: &Database) -> Result<Checked, DbError> {
    check_all_watched(database, &mut |_| ()).await
}

/// As [`check_all`]; `watch` is called after each day.
pub async fn check_all_watched(database: &Database, watch: Watch<'_>) -> Result<Checked, DbError> {
    let mut differences = 0;
    let months = months(database, Moment::Past, Moment::Future).await?;
    let mut done =
        Done { total_days: months.iter().map(|(from, to)| days(*from, *to)).sum(), ..Done::default() };
    for (month_from, month_to) in months {
        let mut day = month_from;
        while day < month_to {
            differences += check_day(database, day).await?;
            done.add_day(database, day).await?;
            watch(done);
            day += DAY;
        }
        differences += check_month(database, month_from, month_to).await?;
    }
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    State::lock(&transaction).await?;
    differences += compare_levels(&transaction, Moment::Past, Moment::Future, &ALL_TIME).await?;
    transaction.execute(&SET_CHECKED, &[]).await?;
    transaction.commit().await?;
    drop(client);
    Ok(Checked { differences, price_sum_differences: check_prices(database).await? })
}

/// One day per transaction, so that the sealer waits no longer than that.
async fn check_day(database: &Database, day: DateTime<Utc>) -> Result<usize, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::lock(&transaction).await?;
    let from = Moment::At(day).max(state.dropped_until);
    let to = Moment::At(day + DAY).min(state.sealed_until);
    let (Moment::At(from), Moment::At(to)) = (from, to) else { return Ok(0) };
    if from >= to {
        return Ok(0);
    }
    let differences = compare(&transaction, from, to).await?;
    transaction.commit().await?;
    Ok(differences)
}

/// Compares each level with the quarters of an hour, so that a wrong bucket is reported at its own level only.
async fn check_month(
    database: &Database,
    month_from: DateTime<Utc>,
    month_to: DateTime<Utc>,
) -> Result<usize, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    State::lock(&transaction).await?;
    let (from, to) = (Moment::At(month_from), Moment::At(month_to));
    let mut differences = 0;
    for level in [QUARTERS, HOURS, DAYS, MONTHS] {
        differences +=
            compare_levels(&transaction, from, to, &Level { finer: QUARTERS.number, ..level }).await?;
    }
    transaction.commit().await?;
    Ok(differences)
}

/// In one snapshot: entries and sums of a correction appear together.
async fn check_prices(database: &Database) -> Result<i64, DbError> {
    Ok(database.query_one(&COMPARE_PRICES, &[]).await?.get("price_sum_differences"))
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

async fn compare_levels(
    transaction: &Transaction<'_>,
    from: Moment,
    to: Moment,
    level: &Level,
) -> Result<usize, DbError> {
    forget(transaction, Compared::of(level), from, to).await?;
    Ok(transaction
        .query(&COMPARE_LEVELS, &[&from, &to, &level.number, &level.finer, &level.unit])
        .await?
        .len())
}

/// Deletes the differences that earlier comparisons of a range found.
pub(super) async fn forget(
    transaction: &Transaction<'_>,
    compared: Compared,
    from: Moment,
    to: Moment,
) -> Result<(), DbError> {
    transaction.execute(&FORGET, &[&from, &to, &compared.levels, &compared.cubes]).await?;
    Ok(())
}

/// First instants of the months with rows in a range, each with that of the next.
pub(super) async fn months(
    database: &Database,
    from: Moment,
    to: Moment,
) -> Result<Vec<(DateTime<Utc>, DateTime<Utc>)>, DbError> {
    let rows = database.query(&LIST_MONTHS, &[&from, &to]).await?;
    Ok(rows.iter().map(|row| (row.get("month_from"), row.get("month_to"))).collect())
}

pub(super) fn trunc(at: DateTime<Utc>, to: TimeDelta) -> Result<DateTime<Utc>, DbError> {
    at.duration_trunc(to).map_err(|_| DbError::Unexpected("an instant out of range"))
}

/// The first instant of a day's month.
pub(super) fn month_of(day: DateTime<Utc>) -> DateTime<Utc> {
    day - TimeDelta::days(i64::from(chrono::Datelike::day0(&day)))
}
