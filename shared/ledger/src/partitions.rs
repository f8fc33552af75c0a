//! Monthly partitions of the ledger: created ahead of time, emptied once they are past the retention.

use tokio_postgres::Row;

use super::time::Moment;
use super::{Database, DbError, rollups};
use crate::executor::Executor;
use crate::statement::{Statement, statement};

/// Months created ahead: how long a stopped schedule may go unnoticed before rows go to the default partition.
const MONTHS_AHEAD: i32 = 3;

const DROPPABLE: Statement = statement!("partitions/droppable.sql", [TIMESTAMPTZ]);
const ANNOUNCE_DROP: Statement = statement!("partitions/announce_drop.sql", [INT4]);
/// Rows from before $1 that never got a table of their month.
const DELETE_DEFAULT: Statement = statement!(
    "partitions/delete_default",
    "delete from usage_logs_default
    where ctid = any (array(select ctid from usage_logs_default where created_at < $1 limit 10000))",
    [TIMESTAMPTZ]
);
/// Sums that differ from rows that a drop would come to next, and so keep it from happening.
const BLOCKING: Statement = statement!(
    "partitions/blocking",
    "select count(*) as differences
    from usage_rollup_differences d
    cross join usage_rollup_state s
    where d.level > 0
        and d.bucket_at >= s.dropped_until
        and d.bucket_at < date_trunc('month', clock_timestamp(), 'UTC') - make_interval(months => $1)",
    [INT4]
);
const CREATE: Statement = statement!("partitions/create", "select usage_logs_create_partitions($1)", [INT4]);

pub(crate) const STATEMENTS: &[&[&Statement]] =
    &[&[&DROPPABLE, &ANNOUNCE_DROP, &DELETE_DEFAULT, &BLOCKING, &CREATE]];

/// Creates the partitions of this and the coming months and returns how many were missing.
///
/// Rows that went to the default partition are moved: a range with rows there cannot be attached otherwise. Attaching
/// takes an exclusive lock on the default partition. Behind a long export all other readers would queue for it, so it
/// gives up soon, and the next minute tries again.
pub async fn create_missing(database: &Database) -> Result<i64, DbError> {
    let mut client = database.connection().await?;
    let transaction = client.begin().await?;
    transaction.batch("set local lock_timeout = '500ms'").await?;
    let row = transaction.query_one(&CREATE, &[&MONTHS_AHEAD]).await?;
    transaction.commit().await?;
    Ok(row.get(0))
}

/// The outcome of a retention run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Names of the emptied tables.
    pub emptied: Vec<String>,
    /// Sums that differ from rows past the retention: until those days are rebuilt, nothing is dropped.
    pub blocking_differences: i64,
}

/// Beside no rebuild, which reads how far rows are dropped when it begins a day.
async fn announce(database: &Database, months: i32) -> Result<Option<Row>, DbError> {
    let mut client = database.connection().await?;
    let transaction = client.begin().await?;
    transaction.batch("set local lock_timeout = '2s'").await?;
    rollups::lock(&transaction).await?;
    let row = transaction.query_opt(&ANNOUNCE_DROP, &[&months]).await?;
    transaction.commit().await?;
    Ok(row)
}

/// Drops the ledger rows of all but the current and the last `months` months. The rollups of those months stay. Nothing
/// happens until the rollups reach that far, have been compared with the rows, and equal them: afterwards the rows
/// could no longer mend them.
///
/// A drop is announced first and done by a later run, so that reports already running still find their rows.
///
/// A table is truncated, which locks that table alone. Detaching it would lock the whole ledger: Postgres detaches
/// concurrently only where there is no default partition, and without that an insert could fail for want of one.
pub async fn drop_older(database: &Database, months: u32) -> Result<Dropped, DbError> {
    let months = i32::try_from(months).map_err(|_| DbError::Unexpected("too many months"))?;
    let Some(row) = announce(database, months).await? else {
        let blocking_differences = database.query_one(&BLOCKING, &[&months]).await?.get("differences");
        return Ok(Dropped { blocking_differences, ..Dropped::default() });
    };
    let mut dropped = Dropped::default();
    let Moment::At(dropped_until) = row.get("announced_until") else { return Ok(dropped) };
    for row in database.query(&DROPPABLE, &[&dropped_until]).await? {
        let name: String = row.get("partition_name");
        let mut client = database.connection().await?;
        let transaction = client.begin().await?;
        // Waiting behind a long report of that month would block all other readers; the next minute tries again.
        transaction.batch("set local lock_timeout = '500ms'").await?;
        transaction.batch(&format!("truncate \"{name}\"")).await?;
        transaction.commit().await?;
        dropped.emptied.push(name);
    }
    let client = database.connection().await?;
    while client.execute(&DELETE_DEFAULT, &[&dropped_until]).await? > 0 {}
    Ok(dropped)
}
