//! A request as the endpoints see it.

use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::fault::Fault;

/// An authorised request that will be answered, by what it asks for.
pub(crate) struct Ask {
    pub(crate) body: Value,
    pub(crate) served_model: String,
    pub(crate) service_tier: String,
    pub(crate) stream: bool,
    pub(crate) wanted: Behaviour,
    pub(crate) created: u64,
}

impl Ask {
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.wanted.fault
    }
}
