//! Rebuilding the rollups from the ledger.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::check::{forget, month_of, months, trunc};
use super::level::{Compared, DAYS, HOURS, Level, MONTHS, QUARTERS};
use super::progress::{Done, Watch, days};
use super::{State, begin};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};
use crate::time::Moment;
use crate::{Database, DbError};

const SUM_ALL: Statement = statement!(template "rollups/sum_all.sql", []);
const SUM_PRICES: Statement = statement!("rollups/sum_prices.sql", []);
const SUM_QUARTERS: Statement = statement!(template "rollups/sum_quarters.sql", [TIMESTAMPTZ, TIMESTAMPTZ]);
const SUM_LEVEL: Statement =
    statement!(template "rollups/sum_level.sql", [TIMESTAMPTZ, TIMESTAMPTZ, INT2, INT2, TEXT]);
const DELETE_DAY: Statement = statement!(
    template "rollups/delete_day",
    "delete from usage_rollups
    where level in ({day_level}, {hour_level}, {quarter_level})
        and cube in ({finest_cube}, {label_cube}, {model_cube}, {whole_cube})
        and bucket_at >= $1
        and bucket_at < $2",
    [TIMESTAMPTZ, TIMESTAMPTZ]
);
/// What the days of a range add up to, as a number that differs if any of them does; null without any.
const DIGEST_DAYS: Statement = statement!(
    template "rollups/digest_days",
    "select sum(hash_record_extended(r.*, 0))::text as digest
    from usage_rollups r
    where level = {day_level} and cube = {finest_cube} and bucket_at >= $1 and bucket_at < $2",
    [TIMESTAMPTZ, TIMESTAMPTZ]
);
const ADD_DAY: Statement = statement!(template "rollups/add_day.sql", [TIMESTAMPTZ]);
const DELETE_WHOLE: Statement = statement!(
    template "rollups/delete_whole",
    "delete from usage_rollups
    where level = {all_time_level} or (level = {month_level} and bucket_at >= $1 and bucket_at < $2)",
    [TIMESTAMPTZ, TIMESTAMPTZ]
);

pub(crate) const STATEMENTS: &[&Statement] =
    &[&SUM_ALL, &SUM_PRICES, &SUM_QUARTERS, &SUM_LEVEL, &DELETE_DAY, &DIGEST_DAYS, &ADD_DAY, &DELETE_WHOLE];

const DAY: TimeDelta = TimeDelta::days(1);

/// The outcome of a rebuild.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub days: usize,
    /// The first day not rebuilt when time ran out: the next rebuild starts there.
    pub next: Option<DateTime<Utc>>,
}

/// Rebuilds the days that a range touches, and the sums of prices. Each day is replaced in one transaction, with its
/// month and all time where its sums changed, so that readers see either the old or the new sums. Behind the last day of
/// a month, both are made again from the days as they then are. Sums of dropped rows stay. No further day starts after
/// `time`, if it is given.
pub async fn rebuild(
    database: &Database,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    time: Option<Duration>,
) -> Result<Rebuilt, DbError> {
    rebuild_watched(database, from, to, time, &mut |_| ()).await
}

/// As [`rebuild`]; `watch` is called after each day.
pub async fn rebuild_watched(
    database: &Database,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    time: Option<Duration>,
    watch: Watch<'_>,
) -> Result<Rebuilt, DbError> {
    let started = Instant::now();
    rebuild_prices(database).await?;
    let from = from.map(|from| trunc(from, DAY)).transpose()?;
    let months_from = from.map_or(Moment::Past, |from| Moment::At(month_of(from)));
    let mut rebuilt = Rebuilt::default();
    let months = months(database, months_from, to.map_or(Moment::Future, Moment::At)).await?;
    let ranges = months.into_iter().map(|(month_from, month_to)| {
        let day = from.map_or(month_from, |from| from.max(month_from));
        (day, to.map_or(month_to, |to| to.min(month_to)), month_to)
    });
    let ranges = ranges.collect::<Vec<_>>();
    let mut done =
        Done { total_days: ranges.iter().map(|(day, end, _)| days(*day, *end)).sum(), ..Done::default() };
    for (mut day, end, month_to) in ranges {
        let days_before = rebuilt.days;
        while day < end {
            if time.is_some_and(|time| started.elapsed() >= time) {
                rebuilt.next = Some(day);
                return Ok(rebuilt);
            }
            rebuilt.days += usize::from(rebuild_day(database, day, month_to).await?);
            done.add_day(database, day).await?;
            watch(done);
            day += DAY;
        }
        if rebuilt.days > days_before {
            rebuild_month(database, month_of(day - DAY), month_to).await?;
        }
    }
    Ok(rebuilt)
}

async fn rebuild_day(
    database: &Database,
    day: DateTime<Utc>,
    month_to: DateTime<Utc>,
) -> Result<bool, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::lock(&transaction).await?;
    let (from, next) = (Moment::At(day), Moment::At(day + DAY));
    let to = next.min(state.sealed_until);
    // Rows are dropped by whole months.
    if from < state.dropped_until || from >= to {
        return Ok(false);
    }
    // After the last sealed day no sums are valid.
    let (month_from, month_to) = (Moment::At(month_of(day)), Moment::At(month_to));
    let end = if to == next { next } else { month_to };
    let before = digest_days(&transaction, from, end).await?;
    transaction.execute(&DELETE_DAY, &[&from, &end]).await?;
    sum_day(&transaction, from, to).await?;
    let after = digest_days(&transaction, from, end).await?;
    // Extremes cannot be subtracted, so where a day had other sums its month is made again. Where it had none, as in all
    // days of an empty table, adding them takes a tenth of the time.
    match before {
        _ if before == after => {}
        None => drop(transaction.execute(&ADD_DAY, &[&from]).await?),
        Some(_) => sum_whole(&transaction, month_from, month_to).await?,
    }
    forget(&transaction, Compared::WITHIN_DAY, from, end).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn digest_days(
    transaction: &Transaction<'_>,
    from: Moment,
    to: Moment,
) -> Result<Option<String>, DbError> {
    Ok(transaction.query_one(&DIGEST_DAYS, &[&from, &to]).await?.get("digest"))
}

async fn rebuild_month(
    database: &Database,
    month_from: DateTime<Utc>,
    month_to: DateTime<Utc>,
) -> Result<(), DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    State::lock(&transaction).await?;
    sum_whole(&transaction, Moment::At(month_from), Moment::At(month_to)).await?;
    transaction.commit().await
}

/// A month and all time, from the days and months as they are.
async fn sum_whole(
    transaction: &Transaction<'_>,
    month_from: Moment,
    month_to: Moment,
) -> Result<(), DbError> {
    transaction.execute(&DELETE_WHOLE, &[&month_from, &month_to]).await?;
    sum_level(transaction, month_from, month_to, &MONTHS).await?;
    transaction.execute(&SUM_ALL, &[]).await?;
    forget(transaction, Compared::MONTHS, month_from, month_to).await?;
    forget(transaction, Compared::ALL_TIME, Moment::Past, Moment::Future).await
}

/// Writers of corrections wait, so they cannot add sums of entries that are counted here.
async fn rebuild_prices(database: &Database) -> Result<(), DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    transaction.batch("lock table price_sums in share row exclusive mode; delete from price_sums").await?;
    transaction.execute(&SUM_PRICES, &[]).await?;
    transaction.batch("update usage_rollup_state set price_sum_differences = 0").await?;
    transaction.commit().await?;
    Ok(())
}

/// A day of calls is sorted in memory and consists of whole buckets of all levels but the month.
async fn sum_day(transaction: &Transaction<'_>, from: Moment, to: Moment) -> Result<(), DbError> {
    transaction.execute(&SUM_QUARTERS, &[&from, &to]).await?;
    for level in [QUARTERS, HOURS, DAYS] {
        sum_level(transaction, from, to, &level).await?;
    }
    Ok(())
}

async fn sum_level(
    transaction: &Transaction<'_>,
    from: Moment,
    to: Moment,
    level: &Level,
) -> Result<(), DbError> {
    transaction.execute(&SUM_LEVEL, &[&from, &to, &level.finer, &level.number, &level.unit]).await?;
    Ok(())
}
