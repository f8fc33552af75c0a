//! Events of a limit: a threshold reached or a call refused, and their deliveries.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::{LimitSubject, Metric, Mode, Period, SubjectKind};
use crate::ids::{EventId, LimitId};
use crate::queries::TimeRange;

/// An event of a limit in one of its windows. Amounts are counts, or pico-USD.
#[derive(Debug, Clone)]
pub struct LimitEvent {
    pub row_id: i64,
    pub id: EventId,
    pub occurred_at: DateTime<Utc>,
    pub limit_id: LimitId,
    pub subject: LimitSubject,
    pub metric: Metric,
    pub period: Period,
    pub mode: Mode,
    /// Percent of the cap that was reached; `None` if a call was refused.
    pub threshold: Option<i16>,
    /// As at the time of the event.
    pub cap: i64,
    pub used: i64,
    /// `None` if the window has no start, or no end.
    pub window_starts_at: Option<DateTime<Utc>>,
    pub window_ends_at: Option<DateTime<Utc>>,
}

/// The kind of a limit event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum EventKind {
    /// A threshold of the cap was reached.
    Threshold,
    /// A call was refused that would not fit even without the calls in flight.
    Refused,
}

/// The state of the delivery of an event to one target.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum DeliveryStatus {
    Pending,
    Delivered,
    /// The last attempt failed.
    Failed,
}

/// The delivery of one event to one target.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// `webhook` or `sns`.
    pub target: String,
    pub status: DeliveryStatus,
    pub attempts: i16,
    #[schema(required = true)]
    pub delivered_at: Option<DateTime<Utc>>,
    /// Null once it is delivered or has failed.
    #[schema(required = true)]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    #[schema(required = true)]
    pub last_error: Option<String>,
}

/// An event with its deliveries.
#[derive(Debug, Clone)]
pub struct EventWithDeliveries {
    pub event: LimitEvent,
    pub deliveries: Vec<Delivery>,
}

impl EventWithDeliveries {
    pub fn cursor(&self) -> i64 {
        self.event.row_id
    }
}

/// Which events to list: all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub range: TimeRange,
    pub limit_id: Option<LimitId>,
    pub subject_kind: Option<SubjectKind>,
    /// As stored.
    pub subject_id: Option<String>,
    pub kind: Option<EventKind>,
    pub delivery: Option<DeliveryStatus>,
    /// Only those of this label and of its keys.
    pub user_label: Option<String>,
}
