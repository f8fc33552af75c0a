//! Settlement: a call moves from `open_calls` into the ledger.

use domain::calls::{CallRecord, Reservations};
use uuid::Uuid;

use super::RELEASE;
use super::record;
use crate::batches::{Batched, Turn};
use crate::executor::Executor;
use crate::pool::Hot;
use crate::statement::{Column, Element, EncodedRow, Statement, Values, statement};
use crate::{Database, DbError};

pub(super) const SETTLE: Statement = statement!("calls/settle.sql", record::TYPES);
pub(super) const SETTLE_BATCH: Statement = statement!("calls/settle_batch.sql", record::ARRAY_TYPES);
/// As the flush behind an admission, behind a commit that did not wait for the disk.
pub(super) const FLUSH_LOG: Statement =
    statement!("calls/flush_log", "select pg_logical_emit_message(true, 'tokenmeter', '')", []);
pub(super) const SETTLE_LATE: Statement = statement!(template "calls/settle_late.sql", record::TYPES);
pub(super) const REBOOK: Statement =
    statement!("calls/rebook.sql", [INT8_ARRAY, INT8_ARRAY, BOOL, INT8, INT8]);
pub(super) const LOCK_CALL: Statement =
    statement!("calls/lock", "select pg_advisory_xact_lock(hashtextextended($1::text, 0))", [TEXT]);

/// A settlement that waits for others in flight.
pub(crate) struct Settlement {
    id: Uuid,
    holds_reservations: bool,
    row: EncodedRow,
}

impl AsRef<EncodedRow> for Settlement {
    fn as_ref(&self) -> &EncodedRow {
        &self.row
    }
}

impl Batched for Settlement {
    /// Whether the call is settled.
    type Answer = bool;

    async fn send(database: Database, calls: Vec<Self>) -> Result<Vec<bool>, DbError> {
        let columns = Column::all(&calls);
        let values = Column::values(&columns);
        let batch: Hot<'_> = (&SETTLE_BATCH, &values);
        let is_flushed = calls.iter().any(|call| call.holds_reservations);
        let row = if is_flushed {
            database.query_then_flush(batch, (&FLUSH_LOG, &[])).await?
        } else {
            database.query_hot(&SETTLE_BATCH, &values).await?
        };
        let row = row.ok_or(DbError::Unexpected("no settlement"))?;
        if !is_flushed && row.get::<_, Option<bool>>("is_held") == Some(true) {
            // A limit created while the call was in flight.
            database.query_hot(&FLUSH_LOG, &[]).await?;
        }
        let settled = row.get::<_, Option<Vec<Uuid>>>("settled_ids").unwrap_or_default();
        Ok(calls.iter().map(|call| settled.contains(&call.id)).collect())
    }
}

/// Moves a call from `open_calls` into the ledger, durably, and turns its reservations into what it used. Repeating
/// it changes nothing.
pub async fn settle(
    database: &Database,
    record: &CallRecord,
    reservations: &Reservations,
) -> Result<(), DbError> {
    let waiting = || {
        let row = record::encoded(record)?;
        Ok(Settlement { id: record.id.as_uuid(), holds_reservations: !reservations.is_empty(), row })
    };
    match database.settlements().turn(database, waiting).await {
        Turn::Answered(true) => Ok(()),
        Turn::Answered(false) => settle_alone(database, record, reservations).await,
        Turn::Alone(_lane) => settle_alone(database, record, reservations).await,
    }
}

async fn settle_alone(
    database: &Database,
    record: &CallRecord,
    reservations: &Reservations,
) -> Result<(), DbError> {
    let row = record::encoded(record)?;
    let elements = row.elements();
    let values = &Element::values(&elements);
    let settled = if reservations.is_empty() {
        database.query_hot(&SETTLE, values).await?
    } else {
        // Right behind it on the same connection, without waiting for its result.
        database.query_then_flush((&SETTLE, values), (&FLUSH_LOG, &[])).await?
    };
    match settled.ok_or(DbError::Unexpected("no settlement"))?.get("is_held") {
        // A limit created while the call was in flight.
        Some(true) if reservations.is_empty() => {
            Box::pin(database.query_hot(&FLUSH_LOG, &[])).await.map(drop)
        }
        Some(_) => Ok(()),
        None => Box::pin(settle_late(database, record, reservations, values)).await,
    }
}

async fn settle_late(
    database: &Database,
    record: &CallRecord,
    reservations: &Reservations,
    values: Values<'_>,
) -> Result<(), DbError> {
    let mut client = database.connection().await?;
    let guard = client.in_flight_guard();
    let transaction = client.begin().await?;
    // The snapshot of the second statement is newer than any settlement of the same call that held this lock.
    transaction.query(&LOCK_CALL, &[&record.id.to_string()]).await?;
    let rows = transaction.query(&SETTLE_LATE, values).await?;
    if let Some(row) = rows.first() {
        tracing::warn!(call_id = %record.id, "Settling a call that has no open row.");
        if !reservations.is_empty() {
            let id = record.id.as_uuid();
            transaction.query(&RELEASE, &[&id]).await?;
            let (used_tokens, used_pico_usd) = record.used();
            transaction
                .query(
                    &REBOOK,
                    &[
                        &reservations.window_ids,
                        &reservations.amounts,
                        &row.get::<_, bool>("is_booked"),
                        &used_tokens,
                        &used_pico_usd,
                    ],
                )
                .await?;
        }
    }
    transaction.commit().await?;
    // Neither a release nor an earlier settlement of the same call, whose result was lost, need have waited for the disk.
    client.query(&FLUSH_LOG, &[]).await?;
    guard.finished();
    Ok(())
}
