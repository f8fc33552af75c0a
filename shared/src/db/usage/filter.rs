//! Which calls, and by what they are grouped.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::db::time::Moment;
use crate::ids::KeyId;

/// What calls can be grouped by, apart from tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    Model,
    UserLabel,
    Key,
    Endpoint,
    Status,
}

impl Dimension {
    pub const ALL: [Self; 5] = [Self::Model, Self::UserLabel, Self::Key, Self::Endpoint, Self::Status];

    /// The name in a request and in `measures.sql`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::UserLabel => "user_label",
            Self::Key => "key",
            Self::Endpoint => "endpoint",
            Self::Status => "status",
        }
    }
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
}

/// Half-open: `from` is inside, `to` is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

impl Range {
    pub(super) fn moments(&self) -> (Moment, Moment) {
        (self.from.map_or(Moment::Past, Moment::At), self.to.map_or(Moment::Future, Moment::At))
    }
}

/// Which calls: every part that is given must hold; several values of one part are alternatives.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub range: Range,
    pub user_labels: Option<Vec<String>>,
    pub models: Option<Vec<String>>,
    pub key_ids: Option<Vec<KeyId>>,
    /// Tag name → the values allowed.
    pub tags: Vec<(String, Vec<String>)>,
    /// Of single calls; sums are not filtered by it.
    pub statuses: Option<Vec<String>>,
    /// Labels and models of the only groups wanted from rollups, pair by pair. Single calls are not filtered by it.
    pub pairs: Option<(Vec<String>, Vec<String>)>,
}

impl Filter {
    pub(super) fn key_uuids(&self) -> Option<Vec<Uuid>> {
        self.key_ids.as_ref().map(|ids| ids.iter().map(|id| id.as_uuid()).collect())
    }

    pub(super) fn wanted_tags(&self) -> Option<Value> {
        let allowed = |(name, allowed): &(String, Vec<String>)| (name.clone(), Value::from(allowed.clone()));
        (!self.tags.is_empty()).then(|| self.tags.iter().map(allowed).collect())
    }

    /// Whether the calls are all of them, but for the range.
    pub fn is_everything(&self) -> bool {
        self.user_labels.is_none()
            && self.models.is_none()
            && self.key_ids.is_none()
            && self.tags.is_empty()
            && self.statuses.is_none()
    }

    /// Whether rollups know enough to answer.
    pub fn is_in_rollups(&self, grouping: &Grouping) -> bool {
        let is_raw = grouping.has(Dimension::Endpoint) || grouping.has(Dimension::Status);
        !is_raw && grouping.tags.is_empty() && self.tags.is_empty()
    }

    /// The smallest of the rollups that know all dimensions the question touches, as in `usage_rollups.cube`.
    pub(super) fn cube(&self, grouping: &Grouping) -> Option<i16> {
        let label = self.user_labels.is_some() || grouping.has(Dimension::UserLabel);
        let model = self.models.is_some() || grouping.has(Dimension::Model);
        let key = self.key_ids.is_some() || grouping.has(Dimension::Key);
        self.is_in_rollups(grouping).then_some(match (label, model, key) {
            (false, false, false) => 3,
            (false, true, false) => 2,
            (true, false, false) => 1,
            _ => 0,
        })
    }
}
