//! A request as endpoints receive it.

use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::stored::ResponseHistory;

/// An authorised request to a model.
pub(crate) struct ModelRequest {
    pub(crate) body: Value,
    pub(crate) served_model: String,
    pub(crate) service_tier: String,
    pub(crate) stream: bool,
    /// Whether the query asks Gemini for server-sent events.
    pub(crate) is_sse: bool,
    pub(crate) behaviour: Behaviour,
    pub(crate) created: u64,
    /// The stored conversation that the request continues.
    pub(crate) history: ResponseHistory,
}

impl ModelRequest {
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.behaviour.fault
    }
}
