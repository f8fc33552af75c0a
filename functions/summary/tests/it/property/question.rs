//! Random questions, as a query string and as a predicate.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::world::World;
use crate::model::{self, LABELS, MODELS, Rng, Row, Share, Sums, random_time};

/// The values that the rows of a group share.
pub(super) type Group = Vec<Option<String>>;
pub(super) type Range = (DateTime<Utc>, DateTime<Utc>);

/// A question's filters, as a query string and as a predicate.
pub(super) struct Asked {
    pub query: String,
    pub range: Range,
    pub label: Option<&'static str>,
    pub model: Option<&'static str>,
    pub key: Option<Uuid>,
    pub team: Option<&'static str>,
    pub endpoint: Option<&'static str>,
    /// Of the share of a call, which `passes` does not check.
    pub status: Option<&'static str>,
    pub is_current: bool,
}

impl Asked {
    pub(super) fn random(rng: &mut Rng, keys: &[Uuid], may_be_open: bool) -> Self {
        let (one, two) = (random_time(rng), random_time(rng) + TimeDelta::days(1));
        let is_open = may_be_open && rng.one_in(3);
        let range =
            if is_open { (DateTime::UNIX_EPOCH, model::last_day()) } else { (one.min(two), one.max(two)) };
        let mut asked = Self {
            query: String::new(),
            range,
            label: rng.one_in(4).then(|| *rng.pick(&LABELS)),
            model: rng.one_in(4).then(|| *rng.pick(&MODELS)),
            key: rng.one_in(5).then(|| *rng.pick(keys)),
            team: rng.one_in(6).then_some("x"),
            endpoint: None,
            status: None,
            is_current: rng.one_in(2),
        };
        let mut parts = Vec::new();
        if !is_open {
            let text = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
            parts.push(format!("from={}&to={}", text(range.0), text(range.1)));
        }
        parts.extend(
            asked
                .label
                .map(|label| format!("user_label={}", label.replace(' ', "%20").replace('ü', "%C3%BC"))),
        );
        parts.extend(asked.model.map(|model| format!("model={model}")));
        parts.extend(asked.key.map(|key| format!("key_id=key_{}", key.simple())));
        parts.extend(asked.team.map(|team| format!("tag.team={team}")));
        if asked.is_current {
            parts.push("cost=current".to_owned());
        }
        asked.query = parts.join("&");
        asked
    }

    /// Also by how calls ended: reports read single calls then.
    pub(super) fn with_outcome(mut self, rng: &mut Rng) -> Self {
        self.endpoint = rng.one_in(6).then(|| *rng.pick(&["responses", "embeddings"]));
        self.status = rng.one_in(3).then(|| *rng.pick(&["settled", "abandoned", "failed"]));
        let endpoint = self.endpoint.map(|endpoint| format!("&endpoint={endpoint}"));
        let status = self.status.map(|status| format!("&status={status}"));
        self.query.extend(endpoint.into_iter().chain(status));
        self
    }

    pub(super) fn passes(&self, row: &Row) -> bool {
        self.label.is_none_or(|label| row.label == label)
            && self.model.is_none_or(|model| row.model == model)
            && self.key.is_none_or(|key| row.key == Some(key))
            && self.team.is_none_or(|team| row.team == Some(team))
            && self.endpoint.is_none_or(|endpoint| row.endpoint == endpoint)
    }

    pub(super) fn rows(&self, world: &World) -> Vec<Row> {
        let rows = if self.is_current { &world.current } else { &world.rows };
        rows.iter().filter(|row| self.passes(row)).cloned().collect()
    }
}

/// None: all calls as one group.
pub(super) const GROUPINGS: [&[&str]; 9] = [
    &[],
    &["model", "user_label"],
    &["model"],
    &["user_label"],
    &["key"],
    &["user_label", "key"],
    &["tag.team"],
    &["endpoint", "model"],
    &["status"],
];

pub(super) fn group_by(fields: &[&str]) -> String {
    if fields.is_empty() { "none".to_owned() } else { fields.join(",") }
}

pub(super) fn value_of(share: &Share, field: &str) -> Option<String> {
    let row = &share.row;
    match field {
        "model" => Some(row.model.clone()),
        "user_label" => Some(row.label.clone()),
        "endpoint" => Some(row.endpoint.clone()),
        "status" => Some(share.status.to_owned()),
        "key" => row.key.map(|key| format!("key_{}", key.simple())),
        _ => row.team.map(str::to_owned),
    }
}

pub(super) fn group_of(answer: &Value, fields: &[&str]) -> Group {
    fields.iter().map(|field| answer[*field].as_str().map(str::to_owned)).collect()
}

/// Percentiles are allowed 5 % and the rounding to a microsecond.
pub(super) fn assert_near(answer: &Value, sums: &Sums, context: &str) {
    for (field, q) in [("latency_p50_ms", 0.5), ("latency_p95_ms", 0.95)] {
        let Some(exact) = sums.percentile(q) else {
            assert!(answer[field].is_null(), "{context}: {field} of nothing");
            continue;
        };
        #[expect(clippy::cast_precision_loss)]
        let exact = exact as f64 / 1000.0;
        let found = answer[field].as_f64().unwrap_or(f64::NAN);
        assert!((found - exact).abs() <= exact * 0.05 + 0.001, "{context}: {field} {found} for {exact}");
    }
}
