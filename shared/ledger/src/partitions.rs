//! Monthly partitions of the ledger: made ahead of time, and emptied when they are older than the ledger is kept.

use super::time::Moment;
use super::{Database, DbError};
use crate::executor::Executor;
use crate::statement::{Statement, statement};

/// Months made ahead: a stopped schedule has this long to be noticed before rows go to the default partition.
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
const CREATE: Statement = statement!("partitions/create", "select usage_logs_create_partitions($1)", [INT4]);

pub(crate) const STATEMENTS: &[&[&Statement]] = &[&[&DROPPABLE, &ANNOUNCE_DROP, &DELETE_DEFAULT, &CREATE]];

/// Makes the partitions of this and the coming months and answers how many were missing.
///
/// Rows that the default partition caught meanwhile are moved: a range with rows there cannot be attached otherwise.
/// Attaching locks the default partition for all: behind a long export everybody who reads the ledger would wait for it,
/// so it gives up soon, and the next minute tries again.
pub async fn create_missing(database: &Database) -> Result<i64, DbError> {
    let mut client = database.connection().await?;
    let transaction = client.begin().await?;
    transaction.batch("set local lock_timeout = '500ms'").await?;
    let row = transaction.query_one(&CREATE, &[&MONTHS_AHEAD]).await?;
    transaction.commit().await?;
    Ok(row.get(0))
}

/// Gives up the ledger rows of all but the current and the last `months` months and answers the names of the tables
/// emptied. The rollups of those months stay. Nothing happens while the rollups do not reach that far.
///
/// What is given up is announced first, and emptied by a later run: who reads single calls meanwhile has asked before
/// where they begin.
///
/// A table is truncated, which locks that table alone. Detaching it would lock the whole ledger: Postgres detaches
/// concurrently only where there is no default partition, and without that an insert could fail for want of one.
pub async fn drop_older(database: &Database, months: u32) -> Result<Vec<String>, DbError> {
    let months = i32::try_from(months).map_err(|_| DbError::Unexpected("too many months"))?;
    let Some(row) = database.query_opt(&ANNOUNCE_DROP, &[&months]).await? else {
        return Ok(Vec::new());
    };
    let Moment::At(dropped_until) = row.get("announced_until") else { return Ok(Vec::new()) };
    let mut emptied = Vec::new();
    for row in database.query(&DROPPABLE, &[&dropped_until]).await? {
        let name: String = row.get("partition_name");
        let mut client = database.connection().await?;
        let transaction = client.begin().await?;
        // Behind a long report of that month waits whoever reads all months; the next minute tries again.
        transaction.batch("set local lock_timeout = '500ms'").await?;
        transaction.batch(&format!("truncate \"{name}\"")).await?;
        transaction.commit().await?;
        emptied.push(name);
    }
    let client = database.connection().await?;
    while client.execute(&DELETE_DEFAULT, &[&dropped_until]).await? > 0 {}
    Ok(emptied)
}
