//! Comparing the rollups with the ledger and with each other.

mod recent;

use std::collections::BTreeSet;
use std::pin::pin;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt};
use tokio_postgres::Row;

pub use self::recent::check_recent;
use super::level::{ALL_TIME, Compared, DAYS, FINEST_CUBE, HOURS, Level, MONTHS, QUARTERS};
use super::progress::{CONCURRENT_DAYS, Done, Watch, calls_of_day, days, each_day};
use super::{State, begin};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, Values, statement};
use crate::time::Moment;
use crate::{Database, DbError};

const COMPARE_DAY: Statement =
    statement!(template "rollups/compare_day.sql", [TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ]);
const COMPARE_LEVELS: Statement =
    statement!(template "rollups/compare_levels.sql", [TIMESTAMPTZ, TIMESTAMPTZ, INT2, INT2, TEXT]);
const COMPARE_PRICES: Statement = statement!("rollups/compare_prices.sql", []);
const LIST_MONTHS: Statement = statement!(template "rollups/months.sql", [TIMESTAMPTZ, TIMESTAMPTZ]);
const SET_CHECKED: Statement =
    statement!("rollups/set_checked", "update usage_rollup_state set checked_at = clock_timestamp()", []);
const FORGET: Statement = statement!(
    "rollups/forget",
    "delete from usage_rollup_differences
    where bucket_at >= $1 and bucket_at < $2 and level = any($3) and cube = any($4)",
    [TIMESTAMPTZ, TIMESTAMPTZ, INT2_ARRAY, INT2_ARRAY]
);

pub(crate) const STATEMENTS: &[&Statement] = &[
    &recent::COMPARE_LEDGER,
    &recent::NEXT_BUCKET,
    &recent::MOVE_CHECKED,
    &COMPARE_DAY,
    &COMPARE_LEVELS,
    &COMPARE_PRICES,
    &LIST_MONTHS,
    &SET_CHECKED,
    &FORGET,
];

pub(super) const DAY: TimeDelta = TimeDelta::days(1);

/// The outcome of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Groups whose sums differ, stored in `usage_rollup_differences`.
    pub differences: usize,
    /// Sums of price corrections that differ from their entries.
    pub price_sum_differences: i64,
}

/// Compares everything: each bucket up to a day with the ledger, each larger one with its days, and the sums of price
/// corrections with their entries.
pub async fn check_all(database: &Database) -> Result<Checked, DbError> {
    check_all_watched(database, &mut |_| ()).await
}

/// As [`check_all`]; `watch` is called after each day.
pub async fn check_all_watched(database: &Database, watch: Watch<'_>) -> Result<Checked, DbError> {
    let months = months(database, Moment::Past, Moment::Future).await?;
    let mut done =
        Done { total_days: months.iter().map(|(from, to)| days(*from, *to)).sum(), ..Done::default() };
    let mut all = Differences::default();
    for (month_from, month_to) in months {
        let mut of_month = Differences::default();
        let compared = each_day(month_from, month_to).map(|day| check_day(database, day, month_to));
        let mut compared = pin!(compared.buffer_unordered(database.connections().min(CONCURRENT_DAYS)));
        while let Some((differences, calls)) = compared.try_next().await? {
            of_month.add(differences);
            done.add(calls);
            watch(done);
        }
        of_month.add(check_month(database, month_from, month_to, &of_month).await?);
        all.add(of_month);
    }
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    State::lock(&transaction).await?;
    all.add(compare_levels(&transaction, Moment::Past, Moment::Future, &all.made_from(ALL_TIME)).await?);
    transaction.execute(&SET_CHECKED, &[]).await?;
    transaction.commit().await?;
    drop(client);
    Ok(Checked { differences: all.count, price_sum_differences: check_prices(database).await? })
}

/// What a comparison found.
#[derive(Debug, Default)]
struct Differences {
    count: usize,
    /// Levels with differences in the finest cube, which larger buckets are made from.
    wrong_levels: BTreeSet<i16>,
}

impl Differences {
    fn of(rows: &[Row]) -> Self {
        let finest = rows.iter().filter(|row| row.get::<_, i16>("cube") == FINEST_CUBE);
        Self { count: rows.len(), wrong_levels: finest.map(|row| row.get("level")).collect() }
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.wrong_levels.extend(other.wrong_levels);
    }

    /// The level as made from the next finer one that is right, so that it is reported only if it is wrong itself.
    fn made_from(&self, level: Level) -> Level {
        let is_right = |finer: &i16| !self.wrong_levels.contains(finer);
        Level { finer: (level.number + 1..=QUARTERS.number).find(is_right).unwrap_or(level.finer), ..level }
    }
}

/// One day per transaction, so that the sealer waits no longer than that. Returns the number of its calls as well.
async fn check_day(
    database: &Database,
    day: DateTime<Utc>,
    month_to: DateTime<Utc>,
) -> Result<(Differences, u64), DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::share(&transaction).await?;
    let (from, next) = (Moment::At(day), Moment::At(day + DAY));
    let mut differences = Differences::default();
    // Rows are dropped by whole months.
    if state.dropped_until <= from && from < state.sealed_until {
        let to = next.min(state.sealed_until);
        // After the last sealed day there are no sums.
        let end = if to == next { next } else { Moment::At(month_to) };
        forget(&transaction, Compared::WITHIN_DAY, from, end).await?;
        differences = Differences::of(&transaction.query(&COMPARE_DAY, &[&from, &to, &end]).await?);
    }
    let calls = calls_of_day(&transaction, day).await?;
    transaction.commit().await?;
    Ok((differences, calls))
}

/// Compares a month with its days. Where the rows of the ledger were dropped, all levels with the quarters of an hour.
async fn check_month(
    database: &Database,
    month_from: DateTime<Utc>,
    month_to: DateTime<Utc>,
    of_days: &Differences,
) -> Result<Differences, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::lock(&transaction).await?;
    let (from, to) = (Moment::At(month_from), Moment::At(month_to));
    let levels = if from < state.dropped_until {
        [QUARTERS, HOURS, DAYS, MONTHS].map(|level| Level { finer: QUARTERS.number, ..level }).to_vec()
    } else {
        vec![of_days.made_from(MONTHS)]
    };
    let mut differences = Differences::default();
    for level in levels {
        differences.add(compare_levels(&transaction, from, to, &level).await?);
    }
    transaction.commit().await?;
    Ok(differences)
}

/// In one snapshot: entries and sums of a correction appear together.
async fn check_prices(database: &Database) -> Result<i64, DbError> {
    Ok(database.query_one(&COMPARE_PRICES, &[]).await?.get("price_sum_differences"))
}

async fn compare_levels(
    transaction: &Transaction<'_>,
    from: Moment,
    to: Moment,
    level: &Level,
) -> Result<Differences, DbError> {
    forget(transaction, Compared::of(level), from, to).await?;
    let values: Values<'_> = &[&from, &to, &level.number, &level.finer, &level.unit];
    Ok(Differences::of(&transaction.query(&COMPARE_LEVELS, values).await?))
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
