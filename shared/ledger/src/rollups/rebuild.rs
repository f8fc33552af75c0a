//! Rebuilding the rollups from the ledger.

use std::pin::pin;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt};

use super::check::{forget, month_of, months, trunc};
use super::level::{Compared, Level, MONTHS};
use super::progress::{CONCURRENT_DAYS, Done, Watch, calls_of_day, days, each_day};
use super::{State, begin};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};
use crate::time::Moment;
use crate::{Database, DbError};

const SUM_ALL: Statement = statement!(template "rollups/sum_all.sql", []);
const SUM_PRICES: Statement = statement!("rollups/sum_prices.sql", []);
const SUM_LEVEL: Statement =
    statement!(template "rollups/sum_level.sql", [TIMESTAMPTZ, TIMESTAMPTZ, INT2, INT2, TEXT]);
/// What a range has from before: rollups of days, and of any level that a day consists of.
const FIND_SUMS: Statement = statement!(
    template "rollups/find_sums",
    "select
        exists (
            select
            from usage_rollups
            where level = {day_level} and cube = {finest_cube} and bucket_at >= $1 and bucket_at < $2
        ) as has_days,
        exists (
            select
            from usage_rollups
            where level in ({day_level}, {hour_level}, {quarter_level})
                and cube in ({finest_cube}, {label_cube}, {model_cube}, {whole_cube})
                and bucket_at >= $1
                and bucket_at < $2
        ) as has_any",
    [TIMESTAMPTZ, TIMESTAMPTZ]
);
const FILL_DAY: Statement = statement!(template "rollups/fill_day.sql", [TIMESTAMPTZ, TIMESTAMPTZ]);
const REPAIR_DAY: Statement =
    statement!(template "rollups/repair_day.sql", [TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ]);
/// Days that are rebuilt at the same time change months and all time one after the other.
const LOCK_WHOLE: Statement =
    statement!("rollups/lock_whole", "select pg_advisory_xact_lock(4917563380624518)", []);
const ADD_DAY: Statement = statement!(template "rollups/add_day.sql", [TIMESTAMPTZ]);
const DELETE_WHOLE: Statement = statement!(
    template "rollups/delete_whole",
    "delete from usage_rollups
    where level = {all_time_level} or (level = {month_level} and bucket_at >= $1 and bucket_at < $2)",
    [TIMESTAMPTZ, TIMESTAMPTZ]
);

pub(crate) const STATEMENTS: &[&Statement] = &[
    &SUM_ALL,
    &SUM_PRICES,
    &SUM_LEVEL,
    &FIND_SUMS,
    &FILL_DAY,
    &REPAIR_DAY,
    &LOCK_WHOLE,
    &ADD_DAY,
    &DELETE_WHOLE,
];

const DAY: TimeDelta = TimeDelta::days(1);

/// The outcome of a rebuild.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub days: usize,
    /// The first day not rebuilt when time ran out: the next rebuild starts there.
    pub next: Option<DateTime<Utc>>,
}

/// Rebuilds the days that a range touches, and the sums of prices. The rollups of each day that differ from the ledger
/// are replaced in one transaction, with its month and all time where its sums changed, so that readers see either the
/// old or the new sums. Behind the last day of a month, both are made again from the days as they then are. Sums of
/// dropped rows stay. No further day starts after `time`, if it is given.
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
        (day, to.map_or(month_to, |to| to.min(month_to)), month_from, month_to)
    });
    let ranges = ranges.collect::<Vec<_>>();
    let mut done =
        Done { total_days: ranges.iter().map(|(day, end, ..)| days(*day, *end)).sum(), ..Done::default() };
    let has_time = || time.is_none_or(|time| started.elapsed() < time);
    for (day, end, month_from, month_to) in ranges {
        let days_before = rebuilt.days;
        let outcomes = each_day(day, end).map(|day| {
            let has_time = &has_time;
            async move {
                if has_time() {
                    rebuild_day(database, day, month_to).await
                } else {
                    Ok(RebuiltDay::Late(day))
                }
            }
        });
        let mut outcomes = pin!(outcomes.buffer_unordered(database.connections().min(CONCURRENT_DAYS)));
        while let Some(outcome) = outcomes.try_next().await? {
            match outcome {
                RebuiltDay::Late(day) => rebuilt.next = rebuilt.next.into_iter().chain([day]).min(),
                RebuiltDay::Done { is_sealed, calls } => {
                    rebuilt.days += usize::from(is_sealed);
                    done.add(calls);
                    watch(done);
                }
            }
        }
        if rebuilt.next.is_some() {
            break;
        }
        if rebuilt.days > days_before {
            rebuild_month(database, month_from, month_to).await?;
        }
    }
    Ok(rebuilt)
}

enum RebuiltDay {
    /// No time was left for this day.
    Late(DateTime<Utc>),
    /// Days that are not sealed, or whose rows were dropped, stay as they are.
    Done { is_sealed: bool, calls: u64 },
}

async fn rebuild_day(
    database: &Database,
    day: DateTime<Utc>,
    month_to: DateTime<Utc>,
) -> Result<RebuiltDay, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::share(&transaction).await?;
    let (from, next) = (Moment::At(day), Moment::At(day + DAY));
    let to = next.min(state.sealed_until);
    // Rows are dropped by whole months.
    let is_sealed = state.dropped_until <= from && from < to;
    if is_sealed {
        // After the last sealed day no sums are valid.
        let (month_from, month_to) = (Moment::At(month_of(day)), Moment::At(month_to));
        let end = if to == next { next } else { month_to };
        let sums = transaction.query_one(&FIND_SUMS, &[&from, &end]).await?;
        let (has_days, has_any): (bool, bool) = (sums.get("has_days"), sums.get("has_any"));
        let is_changed = if has_any {
            let repaired = transaction.query_one(&REPAIR_DAY, &[&from, &to, &end]).await?;
            repaired.get::<_, i64>("changed_days") > 0
        } else {
            transaction.execute(&FILL_DAY, &[&from, &to]).await? > 0
        };
        if is_changed {
            lock_whole(&transaction).await?;
            // Extremes cannot be subtracted, so where a day had other sums its month is made again. Where it had none,
            // as in all days of an empty table, adding them takes a tenth of the time.
            if has_days {
                sum_whole(&transaction, month_from, month_to).await?;
            } else {
                transaction.execute(&ADD_DAY, &[&from]).await?;
            }
        }
        forget(&transaction, Compared::WITHIN_DAY, from, end).await?;
    }
    let calls = calls_of_day(&transaction, day).await?;
    transaction.commit().await?;
    Ok(RebuiltDay::Done { is_sealed, calls })
}

/// Until the transaction ends, which is soon: it has all but a month to make.
async fn lock_whole(transaction: &Transaction<'_>) -> Result<(), DbError> {
    transaction.batch("set local lock_timeout = '1min'").await?;
    transaction.query(&LOCK_WHOLE, &[]).await.map(drop)
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

async fn sum_level(
    transaction: &Transaction<'_>,
    from: Moment,
    to: Moment,
    level: &Level,
) -> Result<(), DbError> {
    transaction.execute(&SUM_LEVEL, &[&from, &to, &level.finer, &level.number, &level.unit]).await?;
    Ok(())
}
