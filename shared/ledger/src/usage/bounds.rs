//! How far back the data reaches, and about how many rows a range holds.

use chrono::{DateTime, Utc};
use domain::queries::TimeRange;
use serde_json::Value;

use super::moments;
use crate::statement::{Statement, statement};
use crate::time::Moment;
use crate::{Database, DbError};

const BOUNDS: Statement = statement!(template "usage/bounds.sql", []);
const DROPPED_UNTIL: Statement =
    statement!("usage/dropped_until", "select dropped_until from usage_rollup_state", []);
const FIRST_CALL: Statement = statement!(template "usage/first_call.sql", [TEXT]);
/// About how many ledger rows a range holds, from the planner's statistics: no row is read.
const ESTIMATE: Statement = statement!(
    "usage/estimate",
    "explain (format json)
    select
    from usage_logs
    where created_at >= $1 and created_at < $2",
    [TIMESTAMPTZ, TIMESTAMPTZ]
);

pub(crate) const STATEMENTS: &[&Statement] = &[&BOUNDS, &DROPPED_UNTIL, &FIRST_CALL, &ESTIMATE];

/// Ledger rows that one query may read if the rollups cannot serve it: a few seconds of work.
pub const MAX_ROWS: u64 = 5_000_000;

/// The time span that can be read.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Calls before this instant are kept as sums only.
    pub dropped_until: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
    /// The first call, or slightly earlier; `None` if there are no calls.
    pub first_at: Option<DateTime<Utc>>,
}

pub async fn bounds(database: &Database) -> Result<Bounds, DbError> {
    let row = database.query_one(&BOUNDS, &[]).await?;
    Ok(Bounds {
        dropped_until: row.get::<_, Moment>("dropped_until").finite(),
        now: row.get("now"),
        first_at: row.get("first_at"),
    })
}

/// Calls before this instant are kept as sums only. By itself, as looking for the first call takes longer: that is
/// planned for every month of the ledger.
pub async fn dropped_until(database: &Database) -> Result<Option<DateTime<Utc>>, DbError> {
    Ok(database.query_one(&DROPPED_UNTIL, &[]).await?.get::<_, Moment>("dropped_until").finite())
}

/// When a label made its first call; `None` if it made none.
pub async fn first_call_of(database: &Database, user_label: &str) -> Result<Option<DateTime<Utc>>, DbError> {
    Ok(database.query_one(&FIRST_CALL, &[&user_label]).await?.get("first_at"))
}

/// About how many ledger rows a range holds.
pub async fn estimate_rows(database: &Database, range: TimeRange) -> Result<u64, DbError> {
    let (from, to) = moments(range);
    let row = database.query_one(&ESTIMATE, &[&from, &to]).await?;
    let plan: Value = row.get(0);
    let rows = plan.pointer("/0/Plan/Plan Rows").and_then(Value::as_f64);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate; casts saturate"
    )]
    rows.map(|rows| rows as u64).ok_or(DbError::Unexpected("a plan without rows"))
}
