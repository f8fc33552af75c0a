//! Model routes: names that callers use as a model, each with the targets that a call is tried at.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::calls::Wire;
use crate::change::Edit;
use crate::ids::RouteId;
use crate::upstreams::UpstreamName;
use crate::words::Word;

/// The most targets that one route can have.
pub const MAX_TARGETS: usize = 8;

/// The longest that a target can be waited for before the next one is tried.
pub const MAX_TIMEOUT_SECONDS: i64 = 600;

/// An upstream, and the name that it has for the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RouteTarget {
    pub upstream: UpstreamName,
    pub model: String,
    /// How long the first byte of an answer may take before the next target is tried. `None` is as long as the call may
    /// take.
    #[serde(default)]
    pub timeout_seconds: Option<u32>,
}

/// What a call with this name as its model is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRouteFacts {
    /// The format of the call, and of all targets.
    pub wire: Wire,
    /// As callers name it.
    pub model: String,
    /// In the order in which they are tried.
    pub targets: Vec<RouteTarget>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRouteRow {
    pub id: RouteId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    pub facts: ModelRouteFacts,
}

impl ModelRouteRow {
    pub fn audited(&self) -> Value {
        json!({
            "wire": self.facts.wire.as_str(),
            "model": self.facts.model,
            "targets": self.facts.targets,
        })
    }
}

/// A change of a route, whose name and format stay.
#[derive(Debug, Clone, Default)]
pub struct ModelRouteChange {
    pub targets: Edit<Vec<RouteTarget>>,
}

/// Why a change of routes was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelRouteRefusal {
    #[error("a route of this name exists")]
    Exists,
    #[error("there are as many routes as there can be")]
    TooMany,
    /// The place among the targets, and the name.
    #[error("there is no upstream {1} for the target {0}")]
    UnknownUpstream(usize, UpstreamName),
    /// The place among the targets, and what it speaks.
    #[error("the target {0} speaks the format {1}")]
    OtherWire(usize, String),
}
