//! How a call that named a model route came to its model.

use domain::calls::{RouteTry, RoutedCall};
use serde::Serialize;
use utoipa::ToSchema;

/// How a call that named a model route came to its model.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CallRoute {
    /// The requested model.
    #[schema(example = "fast")]
    pub model: String,
    /// In their order.
    pub tries: Vec<CallTry>,
}

/// What became of a call at one target of a route.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CallTry {
    #[schema(example = "groq")]
    pub upstream: String,
    pub model: String,
    pub attempts: u32,
    /// Null if it never responded.
    #[schema(required = true)]
    pub http_status: Option<u16>,
    #[schema(required = true)]
    pub error_code: Option<String>,
    /// Until the head of its response, or until it was given up.
    pub waited_ms: f64,
}

impl From<RoutedCall> for CallRoute {
    fn from(route: RoutedCall) -> Self {
        Self { model: route.model, tries: route.tries.into_iter().map(CallTry::from).collect() }
    }
}

impl From<RouteTry> for CallTry {
    fn from(tried: RouteTry) -> Self {
        Self {
            waited_ms: tried.waited().as_secs_f64() * 1000.0,
            upstream: tried.upstream,
            model: tried.model,
            attempts: tried.attempts,
            http_status: tried.http_status,
            error_code: tried.error_code,
        }
    }
}
