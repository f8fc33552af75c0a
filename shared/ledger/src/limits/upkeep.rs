//! Deletes old windows and events of limits.

use crate::executor::Executor;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const DELETE_WINDOWS: Statement = statement!("limits/delete_windows.sql", [INT8]);
const DELETE_EVENTS: Statement = statement!("limits/delete_events.sql", [INT8]);

pub(crate) const STATEMENTS: &[&Statement] = &[&DELETE_WINDOWS, &DELETE_EVENTS];

/// Rows per transaction, and transactions per run; the next minute continues.
const BATCH: i64 = 1000;
const MAX_BATCHES: u64 = 20;

/// Deletes windows and events past their retention and returns how many of each.
pub async fn remove_old(database: &Database) -> Result<(u64, u64), DbError> {
    Ok((remove(database, &DELETE_WINDOWS).await?, remove(database, &DELETE_EVENTS).await?))
}

async fn remove(database: &Database, statement: &Statement) -> Result<u64, DbError> {
    let connection = database.connection().await?;
    let mut removed = 0;
    for _ in 0..MAX_BATCHES {
        let batch = connection.execute(statement, &[&BATCH]).await?;
        removed += batch;
        if batch < BATCH.unsigned_abs() {
            break;
        }
    }
    Ok(removed)
}
