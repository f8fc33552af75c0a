//! Reports: which calls, grouped by what, in which intervals and at which cost.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::ids::KeyId;
use crate::names::is_tag_name;

crate::word_schemas!(Interval, CostBasis, CallOrder);

/// What calls can be grouped by, apart from tags. The words are also names in `measures.sql`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Dimension {
    Model,
    Provider,
    UserLabel,
    Key,
    Endpoint,
    Status,
}

/// Dimensions, and names of tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grouping {
    pub dimensions: Vec<Dimension>,
    pub tags: Vec<String>,
}

impl Grouping {
    pub fn has(&self, dimension: Dimension) -> bool {
        self.dimensions.contains(&dimension)
    }

    /// Whether all calls are one group.
    pub fn is_whole(&self) -> bool {
        self.dimensions.is_empty() && self.tags.is_empty()
    }
}

/// What calls have, for suggestions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueField {
    UserLabel,
    Model,
    Provider,
    Key,
    /// The names of tags.
    TagName,
    /// The values of a tag.
    Tag(String),
}

impl ValueField {
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "user_label" => Self::UserLabel,
            "model" => Self::Model,
            "provider" => Self::Provider,
            "key" => Self::Key,
            "tag" => Self::TagName,
            _ => Self::Tag(text.strip_prefix("tag.").filter(|name| is_tag_name(name))?.to_owned()),
        })
    }
}

/// What reports show of each group; the words are fields of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Measure {
    TotalInputTokens,
    TotalOutputTokens,
    TotalCachedTokens,
    TotalReasoningTokens,
    Calls,
    FailedCalls,
    EstimatedCalls,
    UnpricedCalls,
    CostUsd,
    #[strum(serialize = "latency_p50_ms")]
    LatencyP50,
    #[strum(serialize = "latency_p95_ms")]
    LatencyP95,
}

/// Half-open: `from` is inside, `to` is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeRange {
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

/// Which calls: all conditions must hold; several values of one condition are alternatives.
#[derive(Debug, Clone, Default)]
pub struct UsageFilter {
    pub range: TimeRange,
    pub user_labels: Option<Vec<String>>,
    pub models: Option<Vec<String>>,
    pub providers: Option<Vec<String>>,
    pub key_ids: Option<Vec<KeyId>>,
    /// Tag name → the values allowed.
    pub tags: Vec<(String, Vec<String>)>,
    pub statuses: Option<Vec<String>>,
    pub endpoints: Option<Vec<String>>,
    /// This and what follows is of single calls; sums are not filtered by it.
    pub http_statuses: Option<Vec<i16>>,
    pub error_codes: Option<Vec<String>>,
    pub service_tiers: Option<Vec<String>>,
    /// If given, only these pairs of label and model are read from rollups. Single calls are not filtered by it.
    pub pairs: Option<(Vec<String>, Vec<String>)>,
}

impl UsageFilter {
    pub fn key_uuids(&self) -> Option<Vec<Uuid>> {
        self.key_ids.as_ref().map(|ids| ids.iter().map(|id| id.as_uuid()).collect())
    }

    pub fn wanted_tags(&self) -> Option<Value> {
        let allowed = |(name, allowed): &(String, Vec<String>)| (name.clone(), Value::from(allowed.clone()));
        (!self.tags.is_empty()).then(|| self.tags.iter().map(allowed).collect())
    }

    /// Whether only the range restricts the calls.
    pub fn is_everything(&self) -> bool {
        self.user_labels.is_none()
            && self.models.is_none()
            && self.providers.is_none()
            && self.key_ids.is_none()
            && self.tags.is_empty()
            && self.statuses.is_none()
            && self.endpoints.is_none()
            && self.http_statuses.is_none()
            && self.error_codes.is_none()
            && self.service_tiers.is_none()
    }

    /// Whether rollups have all that is needed.
    pub fn is_in_rollups(&self, grouping: &Grouping) -> bool {
        let is_raw = grouping.has(Dimension::Endpoint)
            || grouping.has(Dimension::Status)
            || self.endpoints.is_some()
            || self.statuses.is_some();
        !is_raw && grouping.tags.is_empty() && self.tags.is_empty()
    }

    /// The smallest cube of `usage_rollups` that has all dimensions of the query; `None` if only single calls have
    /// them.
    pub fn cube(&self, grouping: &Grouping) -> Option<RollupCube> {
        let label = self.user_labels.is_some() || grouping.has(Dimension::UserLabel);
        let model = self.models.is_some()
            || self.providers.is_some()
            || grouping.has(Dimension::Model)
            || grouping.has(Dimension::Provider);
        let key = self.key_ids.is_some() || grouping.has(Dimension::Key);
        self.is_in_rollups(grouping).then_some(match (label, model, key) {
            (false, false, false) => RollupCube::Whole,
            (false, true, false) => RollupCube::Model,
            (true, false, false) => RollupCube::Label,
            _ => RollupCube::All,
        })
    }
}

/// What the rows of `usage_rollups` are sums of. The numbers are those of its column `cube`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollupCube {
    /// Each label, model with its provider, and key.
    All = 0,
    Label = 1,
    /// With its provider.
    Model = 2,
    Whole = 3,
}

/// How long a bucket of a series is, in the calendar of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Interval {
    #[strum(serialize = "15m")]
    Quarter,
    Hour,
    Day,
    Week,
    Month,
}

impl Interval {
    /// A lower bound of a bucket's length, also around clock changes.
    pub const fn shortest(self) -> TimeDelta {
        match self {
            Self::Quarter => TimeDelta::minutes(15),
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::hours(21),
            Self::Week => TimeDelta::days(6),
            Self::Month => TimeDelta::days(27),
        }
    }
}

/// Which cost to report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum CostBasis {
    /// As recorded in the ledger at settlement. It never changes; limits count it.
    #[default]
    Billed,
    /// With price corrections, at the time of the calls that they change.
    Current,
}

/// The order of a list of calls; all are descending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, IntoStaticStr, VariantArray)]
pub enum CallOrder {
    #[default]
    #[strum(serialize = "-created_at")]
    Newest,
    #[strum(serialize = "-cost_usd")]
    Dearest,
    #[strum(serialize = "-latency_ms")]
    Slowest,
}
