//! An event of a limit, as administrators read it and as receivers are told of it.

use chrono::{DateTime, Utc};
use domain::ids::{EventId, LimitId};
use domain::limits::{EventKind, LimitEvent, Metric, Mode, Period};
use serde::Serialize;
use utoipa::ToSchema;

use super::amount::{Amount, LimitSubjectView};

/// A threshold that a window of a limit reached, or its first refusal that waiting would not have helped.
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
    /// The cap and what was used of it, as they were then.
    pub amount: Amount,
    pub used: Amount,
    /// Null where the window has no beginning.
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
