//! A limit that applies to the caller, and how much of it the caller may see.

use chrono::{DateTime, Utc};
use domain::ids::LimitId;
use domain::keys::{Caller, Scope};
use domain::limits::{Limit, LimitSubject, Metric, Mode, Period};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Amount, LimitSubjectView};

/// A limit with what remains of it in its current window.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyLimit {
    #[schema(value_type = String, example = "lim_0198c0de0000700080000000deadbeef")]
    pub id: LimitId,
    pub subject: LimitSubjectView,
    pub metric: Metric,
    pub window: Period,
    /// Null, as `used`, `reserved`, `overrun` and `refusals`, unless the limit is on the key's own label or the key
    /// itself, or the key reads the usage of all labels.
    #[schema(required = true)]
    pub amount: Option<Amount>,
    /// `soft` limits never refuse a call.
    pub mode: Mode,
    /// IANA time zone of its days, weeks and months.
    pub time_zone: String,
    /// Settled in the current window, by everyone the limit counts.
    #[schema(required = true)]
    pub used: Option<Amount>,
    /// Reserved by calls in flight, which release what they do not use.
    #[schema(required = true)]
    pub reserved: Option<Amount>,
    pub remaining: Amount,
    /// Part of `used`: what calls used beyond the bounds they were admitted with.
    #[schema(required = true)]
    pub overrun: Option<Amount>,
    /// Calls refused in the current window.
    #[schema(required = true)]
    pub refusals: Option<i64>,
    /// When the current window ends; null where it never ends.
    #[schema(required = true)]
    pub resets_at: Option<DateTime<Utc>>,
}

/// Whether the caller may read what others used of a limit: a limit of its own counts nothing else.
pub(super) fn reads(caller: &Caller, subject: &LimitSubject) -> bool {
    let reads_all = caller.user_label.is_none()
        && caller.scopes.iter().any(|scope| matches!(scope, Scope::UsageRead | Scope::Admin));
    reads_all
        || match subject {
            LimitSubject::Label(label) => caller.user_label.as_ref() == Some(label),
            LimitSubject::Key(id) => *id == caller.key_id,
            LimitSubject::Global | LimitSubject::EachKey | LimitSubject::Tag(_) => false,
        }
}

impl MyLimit {
    pub(super) fn new(limit: &Limit, is_readable: bool) -> Self {
        let facts = &limit.facts;
        let amount = |value| Amount::of(facts.metric, value);
        Self {
            id: limit.id,
            subject: LimitSubjectView::from(&facts.subject),
            metric: facts.metric,
            window: facts.period,
            amount: is_readable.then(|| amount(facts.amount)),
            mode: facts.mode,
            time_zone: facts.time_zone.clone(),
            used: is_readable.then(|| amount(limit.usage.used)),
            reserved: is_readable.then(|| amount(limit.usage.reserved)),
            remaining: amount(limit.usage.remaining),
            overrun: is_readable.then(|| amount(limit.usage.overrun)),
            refusals: is_readable.then_some(limit.usage.refusals),
            resets_at: limit.resets_at,
        }
    }
}
