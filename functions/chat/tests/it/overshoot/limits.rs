//! The limits of a world.

use domain::ids::KeyId;
use domain::limits::{LimitSubject, Metric, Period};
use domain::words::Word;

use super::calls::Call;
use super::published::is_unbounded;
use super::world::World;
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
            "key" => call.key_id.clone(),
            _ => format!("team={}", call.team?),
        };
        (self.subject == own || self.subject.ends_with('*')).then_some(own)
    }
}

impl World {
    pub(super) async fn add_limit(&mut self) {
        let label = |id: &str| LimitSubject::Label(id.to_owned());
        let tag = |id: &str| LimitSubject::Tag(id.to_owned());
        let key = |nth: usize| LimitSubject::Key(KeyId::from_uuid(self.keys[nth].id.parse().unwrap()));
        let (unbound, bound) = (key(0), key(1));
        let on = self.one_of(&[
            LimitSubject::Global,
            label("one"),
            label("two"),
            label("*"),
            tag("team=a"),
            tag("team=*"),
            unbound,
            bound,
            LimitSubject::EachKey,
        ]);
        let (kind, subject) = (on.kind().as_str(), on.stored_id());
        let metric = self.one_of(&[
            Metric::Usd,
            Metric::Usd,
            Metric::Usd,
            Metric::Tokens,
            Metric::Tokens,
            Metric::Requests,
            Metric::Concurrency,
        ]);
        let period = match metric {
            Metric::Concurrency => Period::Total,
            _ => self.one_of(&[
                Period::Total,
                Period::Month,
                Period::Week,
                Period::Day,
                Period::Hour,
                Period::Minute,
            ]),
        };
        if self.limits.iter().any(|limit| {
            (limit.kind, limit.subject.as_str(), limit.metric, limit.period)
                == (kind, subject.as_str(), metric, period)
        }) {
            return;
        }
        let amount = match metric {
            Metric::Usd => self.one_of(&[USD / 20, USD / 2, 3 * USD, 20 * USD, 200 * USD]),
            Metric::Tokens => self.one_of(&[3_000, 100_000, 1_000_000, 20_000_000]),
            Metric::Requests => self.one_of(&[3, 30]),
            Metric::Concurrency => self.one_of(&[1, 2, 4]),
        };
        let unbounded = self.one_of(&["reserve", "reserve", "estimate", "refuse"]);
        let id = self.harness.limit(metric, amount).on(on).per(period).create().await;
        let mode = format!("update limits set unbounded = '{unbounded}' where id = '{id}'");
        self.harness.db.execute(&mode).await;
        self.limits.push(Limit { id, kind, subject, metric, period, amount, unbounded });
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
