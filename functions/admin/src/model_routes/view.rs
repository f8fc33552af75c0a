//! Model routes as the API shows them.

use chrono::{DateTime, Utc};
use domain::calls::Wire;
use domain::ids::RouteId;
use domain::model_routes::{ModelRouteRow, RouteTarget};
use domain::words::Word;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelRoute {
    #[schema(value_type = String, example = "route_0198c0de0000700080000000deadbeef")]
    pub id: RouteId,
    /// As callers name it.
    #[schema(example = "fast")]
    pub model: String,
    /// The format of its calls and of its targets.
    #[schema(value_type = Wire)]
    pub wire: &'static str,
    /// In the order in which they are tried.
    pub targets: Vec<ModelRouteTarget>,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelRouteTarget {
    /// The name of an upstream; one that was deleted is skipped.
    #[schema(example = "groq")]
    pub upstream: String,
    /// The model's name there.
    #[schema(example = "llama-3.3-70b-versatile")]
    pub model: String,
    /// How long the first byte of an answer may take before the next target is tried. Null is as long as the call may
    /// take.
    #[schema(required = true)]
    pub timeout_seconds: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelRouteList {
    /// By name.
    pub data: Vec<ModelRoute>,
}

impl From<RouteTarget> for ModelRouteTarget {
    fn from(target: RouteTarget) -> Self {
        Self {
            upstream: target.upstream.to_string(),
            model: target.model,
            timeout_seconds: target.timeout_seconds,
        }
    }
}

impl From<ModelRouteRow> for ModelRoute {
    fn from(row: ModelRouteRow) -> Self {
        Self {
            id: row.id,
            model: row.facts.model,
            wire: row.facts.wire.as_str(),
            targets: row.facts.targets.into_iter().map(ModelRouteTarget::from).collect(),
            created_at: row.created_at,
            changed_at: row.changed_at,
        }
    }
}
