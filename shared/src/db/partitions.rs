//! Monthly partitions of the ledger, made ahead of time.

use tokio_postgres::types::Type;

use super::{Database, DbError};

/// Months made ahead: a stopped schedule has this long to be noticed before rows go to the default partition.
const MONTHS_AHEAD: i32 = 3;

/// Makes the partitions of this and the coming months and answers how many were missing.
///
/// Rows that the default partition caught meanwhile are moved: a range with rows there cannot be attached otherwise.
pub async fn create_missing(database: &Database) -> Result<i64, DbError> {
    let row =
        database.query_one("select usage_logs_create_partitions($1)", &[(&MONTHS_AHEAD, Type::INT4)]).await?;
    Ok(row.get(0))
}
