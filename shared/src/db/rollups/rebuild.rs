//! Making the rollups anew from the ledger.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::check::{forget, months};
use super::{State, begin};
use crate::db::time::Moment;
use crate::db::{Database, DbError};

pub(in crate::db) const SUM_ALL: &str = include_str!("sum_all.sql");
pub(in crate::db) const SUM_QUARTERS: &str = include_str!("sum_quarters.sql");
pub(in crate::db) const SUM_LEVEL: &str = include_str!("sum_level.sql");
pub(in crate::db) const SUM_LEVEL_TYPES: &[Type] =
    &[Type::TIMESTAMPTZ, Type::TIMESTAMPTZ, Type::INT2, Type::INT2, Type::TEXT];

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

/// Rebuilds the months that a range touches and answers how many there were. Each is replaced in one transaction, so
/// that readers see it as it was or as it should be. What is left of rows that were dropped stays.
pub async fn rebuild(
    database: &Database,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<usize, DbError> {
    let from = from.map_or(Moment::Past, Moment::At);
    let to = to.map_or(Moment::Future, Moment::At);
    let mut rebuilt = 0;
    for (month_from, month_to) in months(database, from, to).await? {
        rebuilt += usize::from(rebuild_month(database, month_from, month_to).await?);
    }
    Ok(rebuilt)
}

async fn rebuild_month(
    database: &Database,
    month_from: DateTime<Utc>,
    month_to: DateTime<Utc>,
) -> Result<bool, DbError> {
    let mut client = database.connection().await?;
    let transaction = begin(&mut client).await?;
    let state = State::lock(&transaction).await?;
    let from = Moment::At(month_from);
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
    let mut day = month_from;
    while day < month_to && Moment::At(day) < to {
        let next = day + TimeDelta::days(1);
        sum_day(&transaction, Moment::At(day), Moment::At(next).min(to)).await?;
        day = next;
    }
    sum_level(&transaction, from, to, &MONTHS).await?;
    transaction.execute_typed(SUM_ALL, &[]).await?;
    forget(&transaction, "true", Moment::At(month_from), Moment::At(month_to)).await?;
    forget(&transaction, "level = 0", Moment::Past, Moment::Future).await?;
    transaction.commit().await?;
    Ok(true)
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
