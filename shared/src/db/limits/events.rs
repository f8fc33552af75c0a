//! Events of limits: a threshold reached or calls refused, and what became of telling them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql, Type};
use utoipa::ToSchema;

use super::Subject;
use crate::db::time::Moment;
use crate::db::{Database, DbError};
use crate::ids::{EventId, LimitId};
use crate::limits::{Metric, Mode, Period};

pub(in crate::db) const EVENTS: &str = include_str!("events.sql");
pub(in crate::db) const EVENTS_TYPES: &[Type] =
    &[Type::UUID, Type::TEXT, Type::TEXT, Type::TEXT, Type::INT8, Type::INT8];

/// What happened to a limit in one of its windows. Amounts are counts, or pico-USD.
#[derive(Debug, Clone)]
pub struct Event {
    pub(super) row_id: i64,
    pub id: EventId,
    pub occurred_at: DateTime<Utc>,
    pub limit_id: LimitId,
    pub subject: Subject,
    pub metric: Metric,
    pub period: Period,
    pub mode: Mode,
    /// Percent of the cap that was reached; `None` where a call was refused for good.
    pub threshold: Option<i16>,
    /// As they were then.
    pub cap: i64,
    pub used: i64,
    /// `None` where the window has no beginning, or no end.
    pub window_starts_at: Option<DateTime<Utc>>,
    pub window_ends_at: Option<DateTime<Utc>>,
}

impl Event {
    pub(super) fn from_row(row: &Row) -> Result<Self, DbError> {
        // Checks of the limits' table admit no others.
        let event = || {
            Some(Self {
                row_id: row.get("id"),
                id: EventId::from_uuid(row.get("uid")),
                occurred_at: row.get("occurred_at"),
                limit_id: LimitId::from_uuid(row.get("limit_id")),
                subject: Subject::from_row(row)?,
                metric: Metric::parse(row.get("metric"))?,
                period: Period::parse(row.get("period"))?,
                mode: Mode::parse(row.get("mode"))?,
                threshold: row.get("threshold"),
                cap: row.get("cap"),
                used: row.get("used"),
                window_starts_at: row.get::<_, Moment>("window_starts_at").finite(),
                window_ends_at: row.get("window_ends_at"),
            })
        };
        event().ok_or(DbError::Unexpected("an event of an unknown kind"))
    }
}

/// Which of the two an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// So much of the cap is used.
    Threshold,
    /// A call was refused, and none in flight could have made room for it.
    Refused,
}

impl EventKind {
    pub const ALL: &[Self] = &[Self::Threshold, Self::Refused];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::Refused => "refused",
        }
    }
}

/// How far the telling of an event to one target has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    Pending,
    Delivered,
    /// Given up after the last attempt.
    Failed,
}

impl DeliveryStatus {
    pub const ALL: &[Self] = &[Self::Pending, Self::Delivered, Self::Failed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// The telling of one event to one target.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// `webhook` or `sns`.
    pub target: String,
    pub status: DeliveryStatus,
    pub attempts: i16,
    #[schema(required = true)]
    pub delivered_at: Option<DateTime<Utc>>,
    /// Null once it is delivered or given up.
    #[schema(required = true)]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// What came of the last attempt, where it was not delivered.
    #[schema(required = true)]
    pub last_error: Option<String>,
}

/// An event with its deliveries, and the place where a page that ends with it goes on.
#[derive(Debug, Clone)]
pub struct Told {
    pub event: Event,
    pub deliveries: Vec<Delivery>,
}

impl Told {
    pub fn cursor(&self) -> i64 {
        self.event.row_id
    }
}

/// Which events: every part that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub limit_id: Option<LimitId>,
    pub kind: Option<EventKind>,
    pub delivery: Option<DeliveryStatus>,
    /// Only those of this label and of its keys.
    pub user_label: Option<String>,
}

/// Newest first, at most `limit` events written before `before`.
pub async fn list(
    database: &Database,
    filter: &EventFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Told>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 6] = [
        (&filter.limit_id.map(LimitId::as_uuid), Type::UUID),
        (&filter.kind.map(EventKind::as_str), Type::TEXT),
        (&filter.delivery.map(DeliveryStatus::as_str), Type::TEXT),
        (&filter.user_label, Type::TEXT),
        (&before, Type::INT8),
        (&limit, Type::INT8),
    ];
    let rows = database.query(EVENTS, &params).await?;
    let told = |row: &Row| {
        let deliveries: Option<Json<Vec<Delivery>>> = row.get("deliveries");
        let deliveries = deliveries.map(|Json(deliveries)| deliveries).unwrap_or_default();
        Ok(Told { event: Event::from_row(row)?, deliveries })
    };
    rows.iter().map(told).collect()
}
