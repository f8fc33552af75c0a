//! What an endpoint answers, before any fault damages it on the wire.

use std::time::Duration;

use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::errors;
use crate::usage::Usage;

/// What an endpoint answers, before any damage.
pub(crate) struct Answer {
    /// What it costs; `None` where nothing was done yet.
    pub(crate) usage: Option<Usage>,
    pub(crate) body: Content,
}

pub(crate) enum Content {
    Json(Value),
    Events(Vec<Event>),
}

/// One server-sent event.
pub(crate) struct Event {
    pub(crate) name: Option<&'static str>,
    pub(crate) data: String,
    pub(crate) reports_usage: bool,
    /// Time to let pass before it.
    pub(crate) pause: Duration,
}

impl Event {
    pub(crate) fn new(name: Option<&'static str>, data: String) -> Self {
        Self { name, data, reports_usage: false, pause: Duration::ZERO }
    }

    /// A failure in the middle of a stream; Responses' is flat and numbered.
    pub(crate) fn error(endpoint: Endpoint, sequence_number: usize) -> Self {
        let message = "The server had an error while processing your request. Sorry about that!";
        match endpoint {
            Endpoint::Responses => {
                let data = json!({
                    "type": "error", "code": "server_error", "message": message, "param": null,
                    "sequence_number": sequence_number,
                });
                Self::new(Some("error"), data.to_string())
            }
            _ => Self::new(None, errors::object(message, "server_error", None, None).to_string()),
        }
    }
}
