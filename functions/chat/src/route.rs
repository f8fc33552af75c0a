//! Paths below the name of an upstream: `/groq/v1/chat/completions` is `/v1/chat/completions`, sent to `groq`.

mod azure;
mod dispatch;
mod unknown;

use std::sync::Arc;

use domain::calls::Wire;
use web::ApiError;

pub(crate) use dispatch::with_prefixes;

use crate::state::ChatState;
use crate::upstreams::Upstream;

/// Where a request is sent whose path names an upstream.
#[derive(Clone)]
pub(crate) struct Route {
    wire: Wire,
    /// `None` is a provider of the environment, under its own name.
    upstream: Option<Arc<Upstream>>,
    place: Place,
}

/// Where an upstream has an endpoint, if not directly below its base URL.
#[derive(Clone, Default)]
struct Place {
    /// Before the path of the endpoint.
    base: String,
    /// Names the model in place of the body.
    deployment: Option<String>,
    /// Whether the upstream gets the caller's query.
    passes_query: bool,
}

/// Where an upstream has OpenAI's paths, which begin below `/v1`.
pub(crate) fn base_of(upstream: &Upstream) -> &'static str {
    if azure::is_azure(upstream.facts()) { "/v1" } else { "" }
}

impl Route {
    /// To the path of OpenAI, Anthropic or Google that a request has.
    pub(crate) fn to(upstream: Arc<Upstream>) -> Self {
        let place = Place { base: base_of(&upstream).to_owned(), ..Place::default() };
        Self { wire: upstream.facts().wire, upstream: Some(upstream), place }
    }

    pub(crate) fn wire(&self) -> Wire {
        self.wire
    }

    pub(crate) fn upstream(&self) -> Option<&Arc<Upstream>> {
        self.upstream.as_ref()
    }

    pub(crate) fn deployment(&self) -> Option<&str> {
        self.place.deployment.as_deref()
    }

    /// The path at the upstream of what another one has at `path`.
    pub(crate) fn path(&self, path: &str, query: &str) -> String {
        let query = if self.place.passes_query { query } else { "" };
        format!("{}{path}{query}", self.place.base)
    }

    /// The route as the registry has it by now.
    pub(crate) fn renewed(&self, state: &ChatState) -> Result<Self, ApiError> {
        let Some(upstream) = &self.upstream else { return Ok(self.clone()) };
        let upstream = state.find_upstream(upstream.facts().name.as_str()).ok_or(ApiError::NotFound)?;
        let wire = upstream.facts().wire;
        // It was deleted, and another one of its name speaks another format.
        if wire != self.wire {
            return Err(ApiError::NotFound);
        }
        Ok(Self { upstream: Some(upstream), ..self.clone() })
    }
}
