//! Limit events, a threshold reached or a call refused, with their deliveries.

use domain::ids::{EventId, LimitId};
use domain::limits::{
    Delivery, DeliveryStatus, EventFilter, EventKind, EventWithDeliveries, LimitEvent, SubjectKind,
};
use domain::words::Word;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::{parsed, subject_of_row};
use crate::statement::{Statement, statement};
use crate::time::Moment;
use crate::{Database, DbError};

const EVENTS: Statement = statement!(
    "limits/events.sql",
    [UUID, TEXT, TEXT, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TEXT, INT8, INT8]
);

pub(crate) const STATEMENTS: &[&Statement] = &[&EVENTS];

/// Newest first, at most `limit` events written before `before`.
pub async fn list(
    database: &Database,
    filter: &EventFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<EventWithDeliveries>, DbError> {
    let rows = database
        .query(
            &EVENTS,
            &[
                &filter.limit_id.map(LimitId::as_uuid),
                &filter.kind.map(EventKind::as_str),
                &filter.delivery.map(DeliveryStatus::as_str),
                &filter.user_label,
                &filter.range.from,
                &filter.range.to,
                &filter.subject_kind.map(SubjectKind::as_str),
                &filter.subject_id,
                &before,
                &limit,
            ],
        )
        .await?;
    let with_deliveries = |row: &Row| {
        let deliveries: Option<Json<Vec<Delivery>>> = row.get("deliveries");
        let deliveries = deliveries.map(|Json(deliveries)| deliveries).unwrap_or_default();
        Ok(EventWithDeliveries { event: event_of_row(row)?, deliveries })
    };
    rows.iter().map(with_deliveries).collect()
}

pub(super) fn event_of_row(row: &Row) -> Result<LimitEvent, DbError> {
    // Checks of the limits' table admit no others.
    let known = || {
        Some(LimitEvent {
            row_id: row.get("id"),
            id: EventId::from_uuid(row.get("uid")),
            occurred_at: row.get("occurred_at"),
            limit_id: LimitId::from_uuid(row.get("limit_id")),
            subject: subject_of_row(row)?,
            metric: parsed(row, "metric")?,
            period: parsed(row, "period")?,
            mode: parsed(row, "mode")?,
            threshold: row.get("threshold"),
            cap: row.get("cap"),
            used: row.get("used"),
            window_starts_at: row.get::<_, Moment>("window_starts_at").finite(),
            window_ends_at: row.get("window_ends_at"),
        })
    };
    known().ok_or(DbError::Unexpected("an unknown kind of limit event"))
}
