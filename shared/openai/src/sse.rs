//! A tap on the provider's event stream: complete events are forwarded as the bytes they were, and metered on the way.
//!
//! Nothing is re-serialised. The only changes are cuts, if the caller did not ask for the usage of a chat stream: the
//! usage chunk and the `usage` members of other chunks are removed.

mod chat;
mod data;
mod lines;
mod observed;
mod responses;
mod rest;
mod text;

#[cfg(test)]
mod tests;

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use domain::calls::Endpoint;

use self::data::Data;
use self::lines::{Boundary, Lines};
use self::observed::EventVerdict;
pub use self::observed::{Observed, StreamEnding};
pub use self::rest::Rest;
use self::rest::RestKind;

/// The largest event that is buffered until it is complete. A longer one passes through unread.
const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Bytes to forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Forward(Bytes),
    /// The terminal event, `[DONE]` or the final `response.*`. Everything to meter is known now, so settle before
    /// forwarding it. At most one per stream; later events are `Forward`.
    Last(Bytes),
}

/// Reads a stream of the provider while it passes.
pub struct StreamTap {
    endpoint: Endpoint,
    hide_usage: bool,
    max_event_bytes: usize,
    buffer: BytesMut,
    lines: Lines,
    is_first_event: bool,
    /// Inside an event that is too long to buffer.
    is_passing_through: bool,
    observed: Observed,
}

impl StreamTap {
    /// `hide_usage` cuts the usage of a chat stream, for callers who did not ask for it.
    pub fn new(endpoint: Endpoint, hide_usage: bool) -> Self {
        Self::with_max_event_bytes(endpoint, hide_usage, MAX_EVENT_BYTES)
    }

    fn with_max_event_bytes(endpoint: Endpoint, hide_usage: bool, max_event_bytes: usize) -> Self {
        Self {
            endpoint,
            hide_usage,
            max_event_bytes,
            buffer: BytesMut::new(),
            lines: Lines::default(),
            is_first_event: true,
            is_passing_through: false,
            observed: Observed::default(),
        }
    }

    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Takes bytes as they arrive, in any chunks, and returns what can be forwarded now.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Segment> {
        self.buffer.extend_from_slice(chunk);
        let mut segments = Vec::new();
        // Unchanged events are forwarded together in one segment.
        let mut passing = 0;
        while let Some(boundary) = self.lines.next_boundary(&self.buffer) {
            let Boundary { start, end } = boundary;
            let verdict = self.judge(start..end);
            if verdict == EventVerdict::Forward {
                passing = end;
                continue;
            }
            let before = self.take(start);
            forward(&mut segments, before);
            let event = self.take(end - start);
            passing = 0;
            match verdict {
                EventVerdict::Forward | EventVerdict::Drop => {}
                EventVerdict::Last => segments.push(Segment::Last(event)),
                EventVerdict::Cut(ranges) => forward(&mut segments, without(&event, &ranges)),
            }
        }
        let passed = self.take(passing);
        forward(&mut segments, passed);
        if self.is_passing_through || self.lines.pending_bytes(&self.buffer) > self.max_event_bytes {
            self.pass_through(&mut segments);
        }
        segments
    }

    /// Ends the stream. Returns what came after the last blank line; it is metered like any event.
    pub fn finish(&mut self) -> Rest {
        let length = self.buffer.len();
        let has_data = Data::of_event(&self.buffer, self.is_first_event).is_some();
        let malformed_events = self.observed.malformed_events;
        let is_end = self.is_passing_through;
        let verdict = self.judge(0..length);
        let kind = match verdict {
            _ if is_end => RestKind::EndOfEvent,
            EventVerdict::Drop => RestKind::Fragment,
            _ if has_data && self.observed.malformed_events == malformed_events => RestKind::Event,
            _ => RestKind::Fragment,
        };
        self.observed.truncated = self.observed.ending.is_none();
        let rest = self.take(length);
        let bytes = match verdict {
            EventVerdict::Forward | EventVerdict::Last => rest,
            EventVerdict::Drop => Bytes::new(),
            EventVerdict::Cut(ranges) => without(&rest, &ranges),
        };
        Rest { bytes, kind }
    }

    fn judge(&mut self, range: Range<usize>) -> EventVerdict {
        let is_first = std::mem::take(&mut self.is_first_event);
        if std::mem::take(&mut self.is_passing_through) {
            return EventVerdict::Forward;
        }
        let Some(event) = self.buffer.get(range) else { return EventVerdict::Forward };
        let Some(data) = Data::of_event(event, is_first) else { return EventVerdict::Forward };
        let had_ended = self.observed.ending.is_some();
        let verdict = if data.text.trim_ascii() == b"[DONE]" {
            self.observed.ending.get_or_insert(StreamEnding::Done);
            EventVerdict::Last
        } else {
            match self.endpoint {
                Endpoint::Responses => responses::read(&data, &mut self.observed),
                // Embeddings are not streamed; a stream in their place is read as the common one.
                Endpoint::LlmChat | Endpoint::ChatCompletions | Endpoint::Embeddings => {
                    chat::read(&data, self.hide_usage, &mut self.observed)
                }
            }
        };
        if verdict == EventVerdict::Last && had_ended { EventVerdict::Forward } else { verdict }
    }

    fn pass_through(&mut self, segments: &mut Vec<Segment>) {
        if !self.is_passing_through {
            self.is_passing_through = true;
            self.observed.unread_events += 1;
        }
        let length = self.lines.scanned();
        let bytes = self.take(length);
        forward(segments, bytes);
    }

    fn take(&mut self, length: usize) -> Bytes {
        self.lines.consume(length);
        self.buffer.split_to(length).freeze()
    }
}

fn forward(segments: &mut Vec<Segment>, bytes: Bytes) {
    if !bytes.is_empty() {
        segments.push(Segment::Forward(bytes));
    }
}

fn without(event: &[u8], ranges: &[Range<usize>]) -> Bytes {
    let mut kept = BytesMut::with_capacity(event.len());
    let mut copied = 0;
    for range in ranges {
        kept.extend_from_slice(event.get(copied..range.start).unwrap_or_default());
        copied = range.end;
    }
    kept.extend_from_slice(event.get(copied..).unwrap_or_default());
    kept.freeze()
}
