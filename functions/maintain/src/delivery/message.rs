//! The payload of a limit event in the format of Standard Webhooks, the same for every target and attempt.

use chrono::{DateTime, Utc};
use domain::limits::LimitEvent;
use serde::Serialize;
use web::LimitEventView;

/// One event as text, with the ids that receivers and topics need.
pub(super) struct Message {
    /// The same for every attempt, so that receivers can ignore duplicates.
    pub id: String,
    pub kind: &'static str,
    pub limit_id: String,
    pub body: String,
}

#[derive(Serialize)]
struct Payload {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: DateTime<Utc>,
    data: LimitEventView,
}

impl Message {
    pub(super) fn new(event: &LimitEvent) -> Result<Self, serde_json::Error> {
        let kind = if event.threshold.is_some() { "limit.threshold" } else { "limit.refused" };
        let payload = Payload { kind, timestamp: event.occurred_at, data: LimitEventView::from(event) };
        Ok(Self {
            id: event.id.to_string(),
            kind,
            limit_id: event.limit_id.to_string(),
            body: serde_json::to_string(&payload)?,
        })
    }
}
