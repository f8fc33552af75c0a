//! What an endpoint returns, before any fault damages it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::builtin::ToolFees;
use crate::counters::BilledStep;
use crate::endpoint::Endpoint;
use crate::stored::StoredResponse;
use crate::usage::Usage;
use crate::{anthropic, bedrock, errors, gemini};

pub(crate) struct EndpointResponse {
    /// `None` if no work was done yet.
    pub(crate) usage: Option<Usage>,
    pub(crate) body: ResponseBody,
    /// Each step that `usage` adds up, if the response has several.
    pub(crate) steps: Vec<BilledStep>,
    /// Reported but not charged.
    pub(crate) is_free: bool,
    /// Charged beside the usage.
    pub(crate) fees: ToolFees,
    /// What can be retrieved later.
    pub(crate) stored: Option<StoredResponse>,
}

impl EndpointResponse {
    pub(crate) fn new(usage: Option<Usage>, body: ResponseBody) -> Self {
        Self { usage, body, steps: Vec::new(), is_free: false, fees: ToolFees::new(), stored: None }
    }
}

pub(crate) enum ResponseBody {
    Json(Value),
    Events(Vec<SseEvent>),
    /// One JSON document, written piece by piece.
    Pieces(Vec<SseEvent>),
    /// Binary messages of an event stream.
    Messages(Vec<SseEvent>),
}

/// One server-sent event.
#[derive(Clone, Debug)]
pub(crate) struct SseEvent {
    pub(crate) name: Option<&'static str>,
    pub(crate) data: String,
    /// Whether the data is sent as it is, without the frame of an event.
    pub(crate) is_raw: bool,
    pub(crate) reports_usage: bool,
    /// Delay before the event.
    pub(crate) pause: Duration,
}

impl SseEvent {
    pub(crate) fn new(name: Option<&'static str>, data: String) -> Self {
        Self { name, data, is_raw: false, reports_usage: false, pause: Duration::ZERO }
    }

    pub(crate) fn raw(data: String) -> Self {
        Self { is_raw: true, ..Self::new(None, data) }
    }

    /// Appends the event as it is sent.
    pub(crate) fn write(&self, text: &mut String) {
        if self.is_raw {
            text.push_str(&self.data);
            return;
        }
        if let Some(name) = self.name {
            text.push_str("event: ");
            text.push_str(name);
            text.push('\n');
        }
        text.push_str("data: ");
        text.push_str(&self.data);
        text.push_str("\n\n");
    }

    /// A failure during a stream. The Responses API has a flat, numbered error event.
    pub(crate) fn error(endpoint: Endpoint, sequence_number: usize) -> Self {
        let message = "The server had an error while processing your request. Sorry about that!";
        match endpoint {
            Endpoint::Messages => anthropic::error_event(),
            Endpoint::StreamContent => gemini::error_event(),
            Endpoint::ConverseStream | Endpoint::InvokeStream => bedrock::error_message(),
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
