//! What a stream has told so far about the call it belongs to.

use crate::wire::{ParsedUsage, UpstreamError};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// The latest usage of the stream; providers that send it cumulatively replace it.
    pub usage: Option<ParsedUsage>,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub response_id: Option<String>,
    /// The terminal event, once it was seen.
    pub ending: Option<Ending>,
    /// After `finish`: the stream ended without its terminal event.
    pub truncated: bool,
    /// A choice said why it ended. Usage may still follow.
    pub finish_reason_seen: bool,
    /// An error event inside the stream; the last one.
    pub error: Option<UpstreamError>,
    /// Events that carried generated text.
    pub content_events: u64,
    /// UTF-8 bytes of generated text, to estimate from where no usage came.
    pub output_bytes: u64,
    /// Events whose data was not the JSON it should be.
    pub malformed_events: u64,
    /// Events too long to be read.
    pub unread_events: u64,
}

/// How a stream said that it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// `data: [DONE]`
    Done,
    /// `response.completed`
    Completed,
    /// `response.incomplete`: cut by its output bound or a filter.
    Incomplete,
    /// `response.failed` or `response.cancelled`
    Failed,
}

impl Observed {
    pub fn is_done(&self) -> bool {
        self.ending.is_some()
    }

    /// Keeps a name where it is new, without allocating on every chunk that repeats it.
    pub(super) fn keep(slot: &mut Option<String>, name: &str) {
        if !name.is_empty() && slot.as_deref() != Some(name) {
            *slot = Some(name.to_owned());
        }
    }
}
