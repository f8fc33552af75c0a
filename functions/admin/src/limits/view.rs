//! Limits as responses show them.

use chrono::{DateTime, Utc};
use domain::ids::{KeyId, LimitId};
use domain::limits::{LimitUsage, LimitWindow, Metric, Mode, Pace, Period, Unbounded};
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
    /// IANA time zone of its days, weeks and months.
    pub time_zone: String,
    /// What a hard limit does with a call whose input or tools only the model bounds.
    pub unbounded: Unbounded,
    /// Of a limit for each label, key or value of a tag: the sums over their windows, and what remains of the fullest.
    #[serde(flatten)]
    pub usage: UsageView,
    /// How many labels, keys or values a limit for each has a current window of; null for other limits.
    #[schema(required = true)]
    pub windows: Option<i64>,
    /// When the current window ends; null where it never ends.
    #[schema(required = true)]
    pub resets_at: Option<DateTime<Utc>>,
    /// With `include=pace`; absent for windows of minutes, hours or no end, for calls in flight, and for limits on
    /// each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<PaceView>,
    /// The key of the administrator who created it; null if it is not known.
    #[schema(required = true, value_type = Option<String>, example = "key_0198c0de0000700080000000deadbeef")]
    pub created_by: Option<KeyId>,
    /// The label that this key was bound to; null for an administrator of all labels, whose limits one of a label
    /// cannot change.
    #[schema(required = true)]
    pub created_by_label: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What is to be expected of the current window, if each coming day is like the mean of its weekday in the last four
/// weeks; with less than two weeks of calls, like the mean of all days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitPace)]
pub(crate) struct PaceView {
    /// `runs_out`, `lasts`, or `unknown` where there are calls on fewer than three days.
    pub outlook: &'static str,
    /// When it is used up; null unless it runs out.
    #[schema(required = true)]
    pub runs_out_at: Option<DateTime<Utc>>,
    /// About how much is used when it resets; null unless it lasts.
    #[schema(required = true)]
    pub ends_near: Option<Amount>,
}

impl PaceView {
    pub(super) fn new(metric: Metric, pace: Pace) -> Self {
        let none = Self { outlook: "unknown", runs_out_at: None, ends_near: None };
        match pace {
            Pace::RunsOut(at) => Self { outlook: "runs_out", runs_out_at: Some(at), ..none },
            Pace::EndsNear(amount) => {
                Self { outlook: "lasts", ends_near: Some(Amount::of(metric, amount)), ..none }
            }
            Pace::Unknown => none,
        }
    }
}

/// What is used of a window.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitUsage)]
pub(crate) struct UsageView {
    /// Settled in the current window.
    pub used: Amount,
    /// Held by calls in flight.
    pub reserved: Amount,
    pub remaining: Amount,
    /// Part of `used`: what calls used beyond the bounds they were admitted with.
    pub overrun: Amount,
    /// Calls refused in the current window.
    pub refusals: i64,
}

/// One subject's current window of a limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitWindow)]
pub(crate) struct WindowView {
    pub subject: LimitSubjectView,
    #[serde(flatten)]
    pub usage: UsageView,
    /// Null where the window has no start.
    #[schema(required = true)]
    pub starts_at: Option<DateTime<Utc>>,
    /// Null where the window never ends.
    #[schema(required = true)]
    pub resets_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WindowPage {
    /// Most used first.
    pub data: Vec<WindowView>,
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl UsageView {
    fn new(metric: Metric, usage: LimitUsage) -> Self {
        let amount = |value| Amount::of(metric, value);
        Self {
            used: amount(usage.used),
            reserved: amount(usage.reserved),
            remaining: amount(usage.remaining),
            overrun: amount(usage.overrun),
            refusals: usage.refusals,
        }
    }
}

impl WindowView {
    pub(super) fn new(metric: Metric, window: &LimitWindow) -> Self {
        Self {
            subject: LimitSubjectView::from(&window.subject),
            usage: UsageView::new(metric, window.usage),
            starts_at: window.starts_at,
            resets_at: window.resets_at,
        }
    }
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
        Self {
            id: limit.id,
            subject: LimitSubjectView::from(&facts.subject),
            metric: facts.metric,
            window: facts.period,
            amount: Amount::of(facts.metric, facts.amount),
            mode: facts.mode,
            time_zone: facts.time_zone,
            unbounded: facts.unbounded,
            usage: UsageView::new(facts.metric, limit.usage),
            windows: limit.windows,
            resets_at: limit.resets_at,
            pace: None,
            created_by: limit.created_by,
            created_by_label: limit.created_by_label,
            created_at: limit.created_at,
            updated_at: limit.updated_at,
        }
    }
}
