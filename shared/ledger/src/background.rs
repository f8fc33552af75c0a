//! Calls that the provider works on in the background: kept open until their usage is known.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::calls::{BackgroundCall, CallRecord};
use domain::ids::CallId;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use crate::objects::RETENTION;
use crate::statement::{Statement, statement};
use crate::{Database, DbError, calls};

const OPEN: Statement = statement!(
    "background/open",
    "select background_calls_open(
        accepted_id => $1, accepted_response_id => $2, is_polled => $3, seconds_to_settle => $4, facts => $5
    )",
    [UUID, TEXT, BOOL, FLOAT8, JSON]
);
const CLOSE: Statement =
    statement!("background/close", "select background_calls_close(settled_id => $1) as is_closed", [UUID]);
const CLAIM: Statement = statement!("background/claim.sql", []);
const PRUNE: Statement = statement!(
    "background/prune",
    "delete from background_calls where accepted_at < clock_timestamp() - make_interval(secs => $1)",
    [FLOAT8]
);

pub(crate) const STATEMENTS: &[&[&Statement]] = &[&[&OPEN, &CLOSE, &CLAIM, &PRUNE]];

/// A call to ask the provider about.
pub struct DueCall {
    pub response_id: String,
    pub call: BackgroundCall,
    /// The database's clock.
    pub at: DateTime<Utc>,
}

/// Keeps a call open for at most `time_to_settle` and remembers what its settlement needs, durably.
pub async fn open(
    database: &Database,
    response_id: &str,
    call: &BackgroundCall,
    time_to_settle: Duration,
) -> Result<(), DbError> {
    // A response that was made with a caller's own provider key is read with that key alone, and it is not stored.
    let is_polled = call.admitted.key_id.is_some();
    let id = call.request.id.as_uuid();
    let seconds = time_to_settle.as_secs_f64();
    database.query(&OPEN, &[&id, &response_id, &is_polled, &seconds, &Json(call)]).await?;
    Ok(())
}

/// Forgets a call that is settled. False if another settlement of the same call did.
pub async fn close(database: &Database, id: CallId) -> Result<bool, DbError> {
    let row = database.query_one(&CLOSE, &[&id.as_uuid()]).await?;
    Ok(row.get("is_closed"))
}

/// Settles a call whose usage is known by now, and forgets it; a call that was abandoned at its deadline is corrected.
/// However often it is repeated, the call is settled once. False if another settlement was first.
pub async fn settle(
    database: &Database,
    record: &CallRecord,
    call: &BackgroundCall,
) -> Result<bool, DbError> {
    calls::settle(database, record, &call.admitted.reservations).await?;
    close(database, record.id).await
}

/// Calls to ask the provider about now, at most 200. The next runs leave them alone for at least a minute, the longer
/// the older they are.
pub async fn claim_due(database: &Database) -> Result<Vec<DueCall>, DbError> {
    let rows = database.query(&CLAIM, &[]).await?;
    let due = rows.iter().filter_map(|row| {
        let call = read_call(row, "call")?;
        Some(DueCall { response_id: row.get("response_id"), call, at: row.get("at") })
    });
    Ok(due.collect())
}

/// A stored call. One that another release stored in another form is left to its deadline.
pub(crate) fn read_call(row: &Row, column: &str) -> Option<BackgroundCall> {
    match row.try_get::<_, Option<Json<BackgroundCall>>>(column) {
        Ok(call) => call.map(|Json(call)| call),
        Err(error) => {
            tracing::error!(%error, "A call in the background cannot be read.");
            None
        }
    }
}

/// Forgets calls whose responses the provider no longer has.
pub async fn prune(database: &Database) -> Result<(), DbError> {
    database.query(&PRUNE, &[&RETENTION.as_secs_f64()]).await?;
    Ok(())
}
