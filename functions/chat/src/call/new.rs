//! A call that requests admission.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::calls::CallRequest;
use domain::keys::KeyHash;
use platform::CorrelationIds;
use web::Deadline;

use crate::fallback::Routing;
use crate::state::ChatState;
use crate::upstreams::Upstream;

pub(crate) struct NewCall {
    pub request: CallRequest,
    pub key: Option<KeyHash>,
    pub label: Option<String>,
    pub fallback_label: Option<String>,
    pub idempotency: Option<KeyHash>,
    pub arrived_at: Instant,
    /// The host's deadline, if it has one.
    pub deadline: Option<Deadline>,
    pub ids: CorrelationIds,
    /// A registered one; `None` is a provider of the environment.
    pub upstream: Option<Arc<Upstream>>,
    pub routing: Routing,
    /// How long the caller lets the provider take, if it says so.
    pub timeout: Option<Duration>,
}

impl NewCall {
    /// Whether it would be sent to the same upstreams by now.
    pub(super) fn is_current(&self, state: &ChatState) -> bool {
        self.upstream.as_ref().is_none_or(|upstream| state.is_current(upstream))
            && match &self.routing {
                Routing::Fixed => true,
                Routing::Unrouted => {
                    state.find_route(self.request.endpoint.wire(), &self.request.model).is_none()
                }
                Routing::Planned(plan) => state.is_current_plan(plan),
            }
    }
}
