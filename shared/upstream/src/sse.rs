//! A tap on the provider's event stream: complete events are forwarded as the bytes they were, and metered on the way.
//!
//! Nothing is re-serialised. The only changes are cuts, if the caller did not ask for the usage of a chat stream: the
//! usage chunk and the `usage` members of other chunks are removed.

mod data;
mod document;
mod elements;
mod events;
mod finish;
mod generated;
mod lines;
mod messages;
mod observed;
mod oversized;
mod rest;

#[cfg(test)]
mod tests;

use bytes::{Bytes, BytesMut};
use domain::calls::{Endpoint, Wire};

pub(crate) use self::data::Data;
use self::elements::Elements;
use self::lines::{Boundary, Lines};
use self::messages::Messages;
pub(crate) use self::observed::EventVerdict;
pub use self::observed::{Observed, StreamEnding};
use self::oversized::OversizedEvent;
pub use self::rest::Rest;

/// The largest event that is buffered until it is complete. A longer one is read while it passes.
const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Bytes to forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Forward(Bytes),
    /// The terminal event: `[DONE]`, the final `response.*`, `message_stop` or `metadata`. Everything to meter is known now, so
    /// settle before forwarding it. At most one per stream; later events are `Forward`.
    Last(Bytes),
}

/// What the body of the response turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyKind {
    Undecided,
    Events,
    /// One JSON array, whose elements are events.
    Array,
    /// Binary messages, each with its length.
    Messages,
    /// JSON or HTML in place of a stream, whatever its content type says.
    Document,
}

/// Reads a stream of the provider while it passes.
pub struct StreamTap {
    endpoint: Endpoint,
    hide_usage: bool,
    choices: u32,
    max_event_bytes: usize,
    buffer: BytesMut,
    body: BodyKind,
    lines: Lines,
    elements: Elements,
    messages: Messages,
    /// Bytes at the front of the buffer that are held back: the last event so far of an answer that is complete. Nothing
    /// else says that a stream of Gemini has ended but its end.
    held: usize,
    is_first_event: bool,
    /// The event that is passing, if it is too long to buffer.
    oversized: Option<OversizedEvent>,
    observed: Observed,
}

impl StreamTap {
    /// `hide_usage` cuts the usage of a chat stream, for callers who did not ask for it. An answer is complete once all
    /// of its `choices` are.
    pub fn new(endpoint: Endpoint, hide_usage: bool, choices: u32) -> Self {
        Self {
            endpoint,
            hide_usage,
            choices,
            max_event_bytes: MAX_EVENT_BYTES,
            buffer: BytesMut::new(),
            body: BodyKind::Undecided,
            lines: Lines::default(),
            elements: Elements::default(),
            messages: Messages::default(),
            held: 0,
            is_first_event: true,
            oversized: None,
            observed: Observed::default(),
        }
    }

    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Whether nothing of interest can follow: the stream has ended, or the bytes that wait for the rest of their event
    /// are its end.
    pub fn is_at_end(&self) -> bool {
        let is_text = self.body != BodyKind::Messages;
        self.observed.is_done() || is_text && self.buffer.trim_ascii_end().ends_with(b"[DONE]")
    }

    /// Takes bytes as they arrive, in any chunks, and returns what can be forwarded now.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Segment> {
        self.buffer.extend_from_slice(chunk);
        let mut segments = Vec::new();
        self.decide_body();
        if self.body == BodyKind::Document {
            if self.buffer.len() > self.max_event_bytes {
                self.pass_through(self.buffer.len(), &mut segments);
            }
            return segments;
        }
        if self.body == BodyKind::Messages {
            return self.push_messages();
        }
        // Unchanged events are forwarded together in one segment, up to one that is held back.
        let (mut passing, mut held_from) = (self.held, (self.held > 0).then_some(0));
        while let Some(Boundary { start, end }) = self.next_boundary() {
            let verdict = self.judge(start..end);
            if verdict == EventVerdict::Forward {
                held_from = self.may_be_last().then_some(start);
                passing = end;
                continue;
            }
            let start = held_from.take().unwrap_or(start);
            let before = self.take(start);
            forward(&mut segments, before);
            let event = self.take(end - start);
            passing = 0;
            match verdict {
                EventVerdict::Last => segments.push(Segment::Last(event)),
                verdict => forward(&mut segments, verdict.apply(event)),
            }
        }
        let passed = self.take(held_from.unwrap_or(passing));
        self.held = passing - passed.len();
        forward(&mut segments, passed);
        if self.oversized.is_some() || self.pending_bytes() > self.max_event_bytes {
            let scanned = self.scanned();
            self.pass_through(scanned, &mut segments);
        }
        segments
    }

    /// Whether the answer is complete, and its last event is held back until the stream ends.
    pub fn is_holding(&self) -> bool {
        self.held > 0
    }

    /// What is held back, for a stream that does not end.
    pub fn release(&mut self) -> Bytes {
        let held = std::mem::take(&mut self.held);
        self.take(held)
    }

    /// Whether the body is one JSON array, so that what is added to it must be an element; and whether it has any.
    pub fn array(&self) -> Option<bool> {
        (self.body == BodyKind::Array).then(|| self.elements.has_any())
    }

    /// No line of an event begins with a bracket: a provider that sends an error, or a whole completion, where a stream
    /// was requested may still name it a stream.
    fn decide_body(&mut self) {
        if self.body == BodyKind::Undecided
            && let Some(first) = self.buffer.trim_ascii_start().first()
        {
            self.body = match first {
                b'[' if self.endpoint.wire() == Wire::Gemini => BodyKind::Array,
                b'{' | b'[' | b'<' => BodyKind::Document,
                _ if self.endpoint.wire() == Wire::Bedrock => BodyKind::Messages,
                _ => BodyKind::Events,
            };
        }
    }

    fn take(&mut self, length: usize) -> Bytes {
        self.lines.consume(length);
        self.elements.consume(length);
        self.messages.consume(length);
        self.buffer.split_to(length).freeze()
    }
}

fn forward(segments: &mut Vec<Segment>, bytes: Bytes) {
    if !bytes.is_empty() {
        segments.push(Segment::Forward(bytes));
    }
}
