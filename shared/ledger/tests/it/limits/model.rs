//! What the database should hold: every window, and what each call did to it.

use std::collections::BTreeMap;

use domain::ids::CallId;
use serde_json::Value;

pub(crate) const INPUT: i64 = 100;
/// pico-USD per token, of input and of output.
pub(crate) const RATE: i64 = 1_000;

/// What a call did to one window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub held: i64,
    /// Nothing while the call is in flight.
    pub booked: Option<i64>,
}

/// A window as the model has it.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub metric: String,
    /// What the ledger had of it when its limit was made.
    pub history: i64,
    pub calls: BTreeMap<CallId, Share>,
}

impl Window {
    pub(super) fn new(metric: &str) -> Self {
        Self { metric: metric.to_owned(), history: 0, calls: BTreeMap::new() }
    }

    /// What a call that used so much is booked as; nothing known is all that was held.
    pub(super) fn used(&self, held: i64, output_tokens: Option<i64>) -> i64 {
        match (self.metric.as_str(), output_tokens) {
            ("concurrency", _) => 0,
            ("requests", _) => 1,
            ("tokens", Some(output)) => INPUT + output,
            (_, Some(output)) => (INPUT + output) * RATE,
            (_, None) => held,
        }
    }
}

/// What admission holds in a window of a metric for a call of so many tokens at most.
pub(super) fn reserved(metric: &str, bound: Option<i64>) -> i64 {
    match metric {
        "tokens" => bound.unwrap_or(INPUT),
        "usd" => bound.unwrap_or_default() * RATE,
        _ => 1,
    }
}

/// Whose call it is.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub label: &'static str,
    pub tags: Option<Value>,
}

impl Source {
    fn team(&self) -> Option<String> {
        Some(format!("team={}", self.tags.as_ref()?["team"].as_str()?))
    }

    /// The subject that a limit on this one has for the call, if it applies to it.
    pub(super) fn subject(&self, kind: &str, id: &str) -> Option<String> {
        let (own, each) = match kind {
            "global" => (Some(String::new()), ""),
            "label" => (Some(self.label.to_owned()), "*"),
            "tag" => (self.team(), "team=*"),
            _ => (None, ""),
        };
        own.filter(|own| id == each || id == own)
    }

    /// The limits that apply, each with its subject: one for each gives way to one of the same metric and window.
    pub(super) fn applying(&self, limits: &[Value]) -> Vec<(String, String)> {
        let text = |limit: &Value, name: &str| limit[name].as_str().unwrap().to_owned();
        let applies = |limit: &&Value| {
            let subject = self.subject(&text(limit, "subject_kind"), &text(limit, "subject_id"));
            let is_replaced = |subject: &String| {
                let is_same = |name: &str, other: &Value| limit[name] == other[name];
                limit["is_each"] == true
                    && limits.iter().any(|other| {
                        other["is_each"] == false
                            && other["subject_id"] == *subject
                            && ["subject_kind", "metric", "period"].iter().all(|name| is_same(name, other))
                    })
            };
            let subject = subject.filter(|subject| !is_replaced(subject))?;
            Some((text(limit, "id"), subject))
        };
        limits.iter().filter_map(|limit| applies(&limit)).collect()
    }
}
