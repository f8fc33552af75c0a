//! What a stream has revealed so far about its call, and what happens to each of its events.

use std::ops::Range;

use crate::wire::{ParsedUsage, UpstreamError};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// The latest usage; providers that report it cumulatively replace the earlier one.
    pub usage: Option<ParsedUsage>,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub response_id: Option<String>,
    /// How the stream ended, once its terminal event was seen.
    pub ending: Option<StreamEnding>,
    /// After `finish`: the stream ended without its terminal event.
    pub truncated: bool,
    /// A choice has a finish reason. Usage may still follow.
    pub finish_reason_seen: bool,
    /// The last error event in the stream.
    pub error: Option<UpstreamError>,
    /// Events that carried generated text.
    pub content_events: u64,
    /// UTF-8 bytes of generated text, to estimate tokens if no usage is reported.
    pub output_bytes: u64,
    /// Events whose data was not a JSON object.
    pub malformed_events: u64,
    /// Events too long to read.
    pub unread_events: u64,
}

/// The terminal event of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnding {
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

    /// Keeps a name without allocating for every chunk that repeats it.
    pub(super) fn keep(slot: &mut Option<String>, name: &str) {
        if !name.is_empty() && slot.as_deref() != Some(name) {
            *slot = Some(name.to_owned());
        }
    }
}

/// What happens to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EventVerdict {
    Forward,
    Last,
    Drop,
    /// Ranges of the event to leave out, ascending and disjoint.
    Cut(Vec<Range<usize>>),
}
