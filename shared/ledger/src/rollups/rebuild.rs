//! Making the rollups anew from the ledger.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::check::{forget, month_of, months, trunc};
use super::{State, begin};
use crate::time::Moment;
use crate::{Database, DbError};

pub(crate) const SUM_ALL: &str = include_str!("sum_all.sql");
pub(crate) const SUM_PRICES: &str = include_str!("sum_prices.sql");
pub(crate) const SUM_QUARTERS: &str = include_str!("sum_quarters.sql");
pub(crate) const SUM_LEVEL: &str = include_str!("sum_level.sql");
pub(crate) const SUM_LEVEL_TYPES: &[Type] =
    &[Type::TIMESTAMPTZ, Type::TIMESTAMPTZ, Type::INT2, Type::INT2, Type::TEXT];

const DELETE_DAY: &str = "delete from usage_rollups where level in (2, 3, 4) and cube in (0, 1, 2, 3) and bucket_at >= $1 and bucket_at < $2";
const DELETE_WHOLE: &str =
    "delete from usage_rollups where level = 0 or (level = 1 and bucket_at >= $1 and bucket_at < $2)";

const DAY: TimeDelta = TimeDelta::days(1);

/// A level, and the finer one it is made from.
struct Level {
    number: i16,
    finer: i16,
    unit: &'static str,
}

const QUARTERS: Level = Level { number: 4, finer: 4, unit: "minute" };
const HOURS: Level = Level { number: 3, finer: 4, unit: "hour" };
const DAYS: Level = Level { number: 2, finer: 3, unit: "day" };
const MONTHS: Level = Level { number: 1, finer: 2, unit: "month" };

/// What a rebuild did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub days: usize,
    /// The first day left for lack of time: a rebuild from there goes on.
    pub next: Option<DateTime<Utc>>,
}

/// Rebuilds the days that a range touches, and the sums of prices. Each day is replaced in one transaction, with its month
/// and all time made from the days as they then are, so that readers see it as it was or as it should be. What is left
/// of rows that were dropped stays. No further day is begun after `time`, if there is one.
pub async fn rebuild(
    database: &Database,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    time: Option<Duration>,
) -> Result<Rebuilt, DbError> {
    let started = Instant::now();
    rebuild_prices(database).await?;
    let from = from.map(|from| trunc(from, DAY)).transpose()?;
    let months_from = from.map_or(Moment::Past, |from| Moment::At(month_of(from)));
    let mut rebuilt = Rebuilt::default();
    for (month_from, month_to) in months(database, months_from, to.map_or(Moment::Future, Moment::At)).await?
    {
        let mut day = from.map_or(month_from, |from| from.max(month_from));
        let end = to.map_or(month_to, |to| to.min(month_to));
        while day < end {
            if time.is_some_and(|time| started.elapsed() >= time) {
                rebuilt.next = Some(day);
                return Ok(rebuilt);
            }
            rebuilt.days += usize::from(rebuild_day(database, day, month_to).await?);
            day += DAY;
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
    // Behind the last day that is sealed nothing can be right.
    let (month_from, month_to) = (Moment::At(month_of(day)), Moment::At(month_to));
    let end = if to == next { next } else { month_to };
    for (delete, from, to) in [(DELETE_DAY, from, end), (DELETE_WHOLE, month_from, month_to)] {
        transaction.execute_typed(delete, &[(&from, Type::TIMESTAMPTZ), (&to, Type::TIMESTAMPTZ)]).await?;
    }
    sum_day(&transaction, from, to).await?;
    sum_level(&transaction, month_from, month_to, &MONTHS).await?;
    transaction.execute_typed(SUM_ALL, &[]).await?;
    forget(&transaction, "level > 1", from, end).await?;
    forget(&transaction, "level = 1", month_from, month_to).await?;
    forget(&transaction, "level = 0", Moment::Past, Moment::Future).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Writers of corrections wait; what they then add is not in the entries that are read here.
async fn rebuild_prices(database: &Database) -> Result<(), DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    transaction
        .batch_execute("lock table price_sums in share row exclusive mode; delete from price_sums")
        .await?;
    transaction.execute_typed(SUM_PRICES, &[]).await?;
    transaction.batch_execute("update usage_rollup_state set price_sum_differences = 0").await?;
    transaction.commit().await?;
    Ok(())
}

/// A day of calls is sorted in memory, and is whole buckets of all levels but the month.
async fn sum_day(transaction: &Transaction<'_>, from: Moment, to: Moment) -> Result<(), DbError> {
    let range = [(&from as _, Type::TIMESTAMPTZ), (&to as _, Type::TIMESTAMPTZ)];
    transaction.execute_typed(SUM_QUARTERS, &range).await?;
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
    let params = [
        (&from as _, Type::TIMESTAMPTZ),
        (&to as _, Type::TIMESTAMPTZ),
        (&level.finer as _, Type::INT2),
        (&level.number as _, Type::INT2),
        (&level.unit as _, Type::TEXT),
    ];
    transaction.execute_typed(SUM_LEVEL, &params).await?;
    Ok(())
}
