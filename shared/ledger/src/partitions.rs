//! Monthly partitions of the ledger: made ahead of time, and emptied when they are older than the ledger is kept.

use tokio_postgres::types::Type;

use super::time::Moment;
use super::{Database, DbError};

/// Months made ahead: a stopped schedule has this long to be noticed before rows go to the default partition.
const MONTHS_AHEAD: i32 = 3;

pub(super) const DROPPABLE: &str = include_str!("partitions/droppable.sql");
pub(super) const ANNOUNCE_DROP: &str = include_str!("partitions/announce_drop.sql");
pub(super) const DELETE_DEFAULT: &str = include_str!("partitions/delete_default.sql");
pub(super) const UNTIL_TYPES: &[Type] = &[Type::TIMESTAMPTZ];
pub(super) const ANNOUNCE_DROP_TYPES: &[Type] = &[Type::INT4];

/// Makes the partitions of this and the coming months and answers how many were missing.
///
/// Rows that the default partition caught meanwhile are moved: a range with rows there cannot be attached otherwise.
/// Attaching locks the default partition for all: behind a long export everybody who reads the ledger would wait for it,
/// so it gives up soon, and the next minute tries again.
pub async fn create_missing(database: &Database) -> Result<i64, DbError> {
    let mut client = database.connection().await?;
    let transaction = client.transaction().await?;
    transaction.batch_execute("set local lock_timeout = '500ms'").await?;
    let create = "select usage_logs_create_partitions($1)";
    let row = transaction.query_typed_one(create, &[(&MONTHS_AHEAD, Type::INT4)]).await?;
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
    let Some(row) = database.query_opt(ANNOUNCE_DROP, &[(&months, Type::INT4)]).await? else {
        return Ok(Vec::new());
    };
    let Moment::At(dropped_until) = row.get("announced_until") else { return Ok(Vec::new()) };
    let until = [(&dropped_until as _, Type::TIMESTAMPTZ)];
    let mut emptied = Vec::new();
    for row in database.query(DROPPABLE, &until).await? {
        let name: String = row.get("partition_name");
        let mut client = database.connection().await?;
        let transaction = client.transaction().await?;
        // Behind a long report of that month waits whoever reads all months; the next minute tries again.
        transaction.batch_execute("set local lock_timeout = '500ms'").await?;
        transaction.batch_execute(&format!("truncate \"{name}\"")).await?;
        transaction.commit().await?;
        emptied.push(name);
    }
    let client = database.connection().await?;
    while client.execute_typed(DELETE_DEFAULT, &until).await? > 0 {}
    Ok(emptied)
}
