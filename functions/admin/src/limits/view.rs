//! Limits as responses show them.

use chrono::{DateTime, Utc};
use domain::ids::LimitId;
use domain::limits::{Metric, Mode, Period};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Amount, LimitSubjectView};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Limit {
    #[schema(value_type = String, example = "lim_0198c0de0000700080000000deadbeef")]
    pub id: LimitId,
    pub subject: LimitSubjectView,
    pub metric: Metric,
    pub window: Period,
    pub amount: Amount,
    pub mode: Mode,
    /// IANA time zone of its days and months.
    pub time_zone: String,
    /// Settled in the current window.
    pub used: Amount,
    /// Held by calls in flight.
    pub reserved: Amount,
    pub remaining: Amount,
    /// Part of `used`: what calls used beyond the bounds they were admitted with.
    pub overrun: Amount,
    /// Calls refused in the current window.
    pub refusals: i64,
    /// When the current window ends; null where it never ends.
    #[schema(required = true)]
    pub resets_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitPage {
    /// Newest first.
    pub data: Vec<Limit>,
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl From<domain::limits::Limit> for Limit {
    fn from(limit: domain::limits::Limit) -> Self {
        let facts = limit.facts;
        let amount = |value| Amount::of(facts.metric, value);
        Self {
            id: limit.id,
            subject: LimitSubjectView::from(&facts.subject),
            metric: facts.metric,
            window: facts.period,
            amount: amount(facts.amount),
            mode: facts.mode,
            time_zone: facts.time_zone,
            used: amount(limit.used),
            reserved: amount(limit.reserved),
            remaining: amount(limit.remaining),
            overrun: amount(limit.overrun),
            refusals: limit.refusals,
            resets_at: limit.resets_at,
            created_at: limit.created_at,
            updated_at: limit.updated_at,
        }
    }
}
