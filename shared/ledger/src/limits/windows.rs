//! The current windows of a limit: one, or one for each of its subjects.

use domain::ids::LimitId;
use domain::limits::LimitWindow;
use tokio_postgres::Row;

use super::{subject_of_row, usage_of_row};
use crate::statement::{Statement, statement};
use crate::time::Moment;
use crate::{Database, DbError};

const WINDOWS: Statement = statement!("limits/windows.sql", [UUID, INT8, INT8, INT8]);

pub(crate) const STATEMENTS: &[&Statement] = &[&WINDOWS];

/// Most used first, at most `limit` windows after the one with this use and row.
pub async fn list(
    database: &Database,
    id: LimitId,
    after: Option<(i64, i64)>,
    limit: i64,
) -> Result<Vec<LimitWindow>, DbError> {
    let (used, row_id) = after.unzip();
    let rows = database.query(&WINDOWS, &[&id.as_uuid(), &used, &row_id, &limit]).await?;
    rows.iter().map(window_of_row).collect()
}

fn window_of_row(row: &Row) -> Result<LimitWindow, DbError> {
    Ok(LimitWindow {
        row_id: row.get("id"),
        subject: subject_of_row(row).ok_or(DbError::Unexpected("an unknown subject of a limit"))?,
        usage: usage_of_row(row),
        starts_at: row.get::<_, Moment>("starts_at").finite(),
        resets_at: row.get("ends_at"),
    })
}
