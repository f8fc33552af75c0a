//! How a call came to the model that answered it, if it named a model route.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call whose model was the name of a route.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutedCall {
    /// As requested.
    pub model: String,
    /// In their order; the last one is what the caller got.
    pub tries: Vec<RouteTry>,
}

/// What became of a call at one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTry {
    pub upstream: String,
    pub model: String,
    pub attempts: u32,
    /// `None` if it never responded.
    pub http_status: Option<u16>,
    pub error_code: Option<String>,
    /// Until the head of its response, or until it was given up.
    pub waited_us: u64,
}

impl RouteTry {
    pub fn waited(&self) -> Duration {
        Duration::from_micros(self.waited_us)
    }
}

impl RoutedCall {
    /// As the ledger stores it.
    pub fn stored(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Reads what the ledger stores.
    pub fn from_stored(stored: Option<Value>) -> Option<Self> {
        serde_json::from_value(stored?).ok()
    }
}
