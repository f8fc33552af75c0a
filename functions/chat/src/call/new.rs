//! A call that requests admission.

use std::sync::Arc;
use std::time::Instant;

use domain::calls::CallRequest;
use domain::keys::KeyHash;
use platform::CorrelationIds;
use web::Deadline;

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
}
