//! What is long over leaves the tables of limits.

use tokio_postgres::types::Type;

use crate::{Database, DbError};

pub(crate) const DELETE_WINDOWS: &str = include_str!("delete_windows.sql");
pub(crate) const DELETE_EVENTS: &str = include_str!("delete_events.sql");
pub(crate) const BATCH_TYPES: &[Type] = &[Type::INT8];

/// Rows of one transaction, and transactions of one run: what is left is for the next minute.
const BATCH: i64 = 1000;
const MAX_BATCHES: u64 = 20;

/// Removes windows and events that nothing needs any more, and answers how many of each.
pub async fn remove_old(database: &Database) -> Result<(u64, u64), DbError> {
    Ok((remove(database, DELETE_WINDOWS).await?, remove(database, DELETE_EVENTS).await?))
}

async fn remove(database: &Database, sql: &str) -> Result<u64, DbError> {
    let connection = database.connection().await?;
    let mut removed = 0;
    for _ in 0..MAX_BATCHES {
        let batch = connection.execute_typed(sql, &[(&BATCH, Type::INT8)]).await?;
        removed += batch;
        if batch < BATCH.unsigned_abs() {
            break;
        }
    }
    Ok(removed)
}
