//! A limit event, as the API returns it and as webhooks and topics receive it.

use chrono::{DateTime, Utc};
use domain::ids::{EventId, LimitId};
use domain::limits::{EventKind, LimitEvent, Metric, Mode, Period};
use serde::Serialize;
use utoipa::ToSchema;

use super::amount::{Amount, LimitSubjectView};

/// A threshold reached in a window of a limit, or its first final refusal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitEvent)]
pub struct LimitEventView {
    #[schema(value_type = String, example = "evt_0198c0de0000700080000000deadbeef")]
    pub id: EventId,
    pub occurred_at: DateTime<Utc>,
    pub kind: EventKind,
    /// 50, 80 or 100; null where a call was refused.
    #[schema(required = true)]
    pub threshold_percent: Option<i16>,
    #[schema(value_type = String, example = "lim_0198c0de0000700080000000deadbeef")]
    pub limit_id: LimitId,
    pub subject: LimitSubjectView,
    pub metric: Metric,
    pub window: Period,
    pub mode: Mode,
    /// The amount and its use at the time of the event.
    pub amount: Amount,
    pub used: Amount,
    /// Null where the window has no start.
    #[schema(required = true)]
    pub window_starts_at: Option<DateTime<Utc>>,
    /// Null where the window has no end.
    #[schema(required = true)]
    pub window_ends_at: Option<DateTime<Utc>>,
}

impl From<&LimitEvent> for LimitEventView {
    fn from(event: &LimitEvent) -> Self {
        Self {
            id: event.id,
            occurred_at: event.occurred_at,
            kind: if event.threshold.is_some() { EventKind::Threshold } else { EventKind::Refused },
            threshold_percent: event.threshold,
            limit_id: event.limit_id,
            subject: LimitSubjectView::from(&event.subject),
            metric: event.metric,
            window: event.period,
            mode: event.mode,
            amount: Amount::of(event.metric, event.cap),
            used: Amount::of(event.metric, event.used),
            window_starts_at: event.window_starts_at,
            window_ends_at: event.window_ends_at,
        }
    }
}
