//! The limits of a world.

use domain::limits::{LimitSubject, Metric, Period};

use super::published::is_unbounded;
use super::world::{Call, World};
use crate::limits::USD;

pub(super) struct Limit {
    pub id: String,
    pub kind: &'static str,
    pub subject: String,
    pub metric: Metric,
    pub period: Period,
    pub amount: i64,
    pub unbounded: &'static str,
}

impl Limit {
    /// Whether it is about money or tokens, so that it needs bounds.
    pub(super) fn bounds(&self) -> bool {
        matches!(self.metric, Metric::Usd | Metric::Tokens)
    }

    /// Whose window it has for a call, if it applies.
    pub(super) fn subject_for(&self, call: &Call) -> Option<String> {
        let own = match self.kind {
            "global" => String::new(),
            "label" => call.label.to_owned(),
            _ => format!("team={}", call.team?),
        };
        (self.subject == own || self.subject.ends_with('*')).then_some(own)
    }
}

impl World {
    pub(super) async fn add_limit(&mut self) {
        let label = |id: &str| LimitSubject::Label(id.to_owned());
        let tag = |id: &str| LimitSubject::Tag(id.to_owned());
        let (kind, subject, on) = self.one_of(&[
            ("global", "", LimitSubject::Global),
            ("label", "one", label("one")),
            ("label", "two", label("two")),
            ("label", "*", label("*")),
            ("tag", "team=a", tag("team=a")),
            ("tag", "team=*", tag("team=*")),
        ]);
        let metric = self.one_of(&[
            Metric::Usd,
            Metric::Usd,
            Metric::Usd,
            Metric::Tokens,
            Metric::Tokens,
            Metric::Requests,
        ]);
        let period = self.one_of(&[Period::Total, Period::Month, Period::Week, Period::Day]);
        if self.limits.iter().any(|limit| {
            (limit.kind, limit.subject.as_str(), limit.metric, limit.period)
                == (kind, subject, metric, period)
        }) {
            return;
        }
        let amount = match metric {
            Metric::Usd => self.one_of(&[USD / 20, USD / 2, 3 * USD, 20 * USD, 200 * USD]),
            Metric::Tokens => self.one_of(&[3_000, 100_000, 1_000_000, 20_000_000]),
            _ => 30,
        };
        let unbounded = self.one_of(&["reserve", "reserve", "estimate", "refuse"]);
        let id = self.harness.limit(metric, amount).on(on).per(period).create().await;
        let mode = format!("update limits set unbounded = '{unbounded}' where id = '{id}'");
        self.harness.db.execute(&mode).await;
        self.limits.push(Limit { id, kind, subject: subject.to_owned(), metric, period, amount, unbounded });
    }

    /// Limits that apply to a call: one for each gives way to one of the same metric and window.
    pub(super) fn applying(&self, call: &Call) -> Vec<&Limit> {
        let is_replaced = |limit: &&Limit| {
            let own = limit.subject_for(call);
            limit.subject.ends_with('*')
                && self.limits.iter().any(|other| {
                    (other.kind, other.metric, other.period) == (limit.kind, limit.metric, limit.period)
                        && Some(&other.subject) == own.as_ref()
                })
        };
        self.limits.iter().filter(|limit| limit.subject_for(call).is_some() && !is_replaced(limit)).collect()
    }

    pub(super) fn is_refused_as_unbounded(&self, call: &Call) -> bool {
        is_unbounded(call.request.model, &call.request.body)
            && self.applying(call).iter().any(|limit| limit.bounds() && limit.unbounded == "refuse")
    }

    /// Whether a limit bounds all that the call may use.
    pub(super) fn is_bounded(&self, call: &Call) -> bool {
        let limits = self.applying(call);
        let mut bounding = limits.iter().filter(|limit| limit.bounds()).peekable();
        bounding.peek().is_some() && bounding.all(|limit| limit.unbounded != "estimate")
    }
}
