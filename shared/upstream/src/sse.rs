//! A tap on the provider's event stream: complete events are forwarded as the bytes they were, and metered on the way.
//!
//! Nothing is re-serialised. The only changes are cuts, if the caller did not ask for the usage of a chat stream: the
//! usage chunk and the `usage` members of other chunks are removed.

mod data;
mod document;
mod generated;
mod lines;
mod observed;
mod oversized;
mod rest;

#[cfg(test)]
mod tests;

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use domain::calls::{Endpoint, Wire};

use crate::wire::{read_anthropic_event, read_chat_event, read_responses_event};

pub(crate) use self::data::Data;
use self::lines::{Boundary, Lines};
pub(crate) use self::observed::EventVerdict;
pub use self::observed::{Observed, StreamEnding};
use self::oversized::OversizedEvent;
pub use self::rest::Rest;
use self::rest::RestKind;

/// The largest event that is buffered until it is complete. A longer one is read while it passes.
const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Bytes to forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Forward(Bytes),
    /// The terminal event: `[DONE]`, the final `response.*` or `message_stop`. Everything to meter is known now, so settle before
    /// forwarding it. At most one per stream; later events are `Forward`.
    Last(Bytes),
}

/// What the body of the response turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyKind {
    Undecided,
    Events,
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
        self.observed.is_done() || self.buffer.trim_ascii_end().ends_with(b"[DONE]")
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
                EventVerdict::Last => segments.push(Segment::Last(event)),
                verdict => forward(&mut segments, verdict.apply(event)),
            }
        }
        let passed = self.take(passing);
        forward(&mut segments, passed);
        if self.oversized.is_some() || self.lines.pending_bytes(&self.buffer) > self.max_event_bytes {
            self.pass_through(self.lines.scanned(), &mut segments);
        }
        segments
    }

    /// Ends the stream. Returns what came after the last blank line; it is metered like any event.
    pub fn finish(&mut self) -> Rest {
        if self.body == BodyKind::Document {
            return self.finish_document();
        }
        let event = match self.lines.boundary_before_line(&self.buffer) {
            Some(Boundary { start, end }) => {
                let verdict = self.judge(start..end);
                verdict.apply(self.take(end))
            }
            None => Bytes::new(),
        };
        let length = self.buffer.len();
        let has_data = Data::of_event(&self.buffer, self.is_first_event).is_some();
        let malformed_events = self.observed.malformed_events;
        let is_end = self.oversized.is_some();
        let verdict = self.judge(0..length);
        let kind = match verdict {
            _ if is_end => RestKind::Other,
            EventVerdict::Drop => RestKind::Fragment,
            _ if has_data && self.observed.malformed_events == malformed_events => RestKind::Event,
            _ => RestKind::Fragment,
        };
        self.observed.truncated = self.observed.ending.is_none();
        Rest { event, bytes: verdict.apply(self.take(length)), kind }
    }

    /// No line of an event begins with a bracket: a provider that sends an error, or a whole completion, where a stream
    /// was requested may still name it a stream.
    fn decide_body(&mut self) {
        if self.body == BodyKind::Undecided
            && let Some(first) = self.buffer.trim_ascii_start().first()
        {
            let is_document = matches!(first, b'{' | b'[' | b'<');
            self.body = if is_document { BodyKind::Document } else { BodyKind::Events };
        }
    }

    fn finish_document(&mut self) -> Rest {
        let bytes = self.take(self.buffer.len());
        if self.oversized.is_none() {
            document::read(self.endpoint, &bytes, &mut self.observed);
        }
        self.observed.truncated = self.observed.ending.is_none();
        Rest { event: Bytes::new(), bytes, kind: RestKind::Other }
    }

    fn judge(&mut self, range: Range<usize>) -> EventVerdict {
        let is_first = std::mem::take(&mut self.is_first_event);
        let Some(event) = self.buffer.get(range) else { return EventVerdict::Forward };
        let (endpoint, hide_usage, choices) = (self.endpoint, self.hide_usage, self.choices);
        if let Some(mut oversized) = self.oversized.take() {
            oversized.push(event);
            let shortened = oversized.into_event().unwrap_or_default();
            let data = Data::of_event(&shortened, false);
            let verdict = read(data, endpoint, hide_usage, choices, &mut self.observed);
            // Its beginning has been forwarded, so nothing can be left out.
            return if verdict == EventVerdict::Last { verdict } else { EventVerdict::Forward };
        }
        read(Data::of_event(event, is_first), endpoint, hide_usage, choices, &mut self.observed)
    }

    fn pass_through(&mut self, length: usize, segments: &mut Vec<Segment>) {
        let bytes = self.take(length);
        let observed = &mut self.observed;
        let oversized = self.oversized.get_or_insert_with(|| {
            observed.unread_events += 1;
            OversizedEvent::default()
        });
        oversized.push(&bytes);
        forward(segments, bytes);
    }

    fn take(&mut self, length: usize) -> Bytes {
        self.lines.consume(length);
        self.buffer.split_to(length).freeze()
    }
}

/// Reads one event. At most one per stream is the last.
fn read(
    data: Option<Data<'_>>,
    endpoint: Endpoint,
    hide_usage: bool,
    choices: u32,
    observed: &mut Observed,
) -> EventVerdict {
    let Some(data) = data else { return EventVerdict::Forward };
    let had_ended = observed.is_done();
    let verdict = if data.is_done() {
        observed.done();
        EventVerdict::Last
    } else {
        match endpoint.wire() {
            Wire::Anthropic => read_anthropic_event(&data, observed),
            Wire::OpenAi if endpoint.is_responses() => read_responses_event(&data, observed),
            // Embeddings are not streamed; a stream in their place is read as the common one.
            Wire::OpenAi => read_chat_event(&data, hide_usage, choices, observed),
        }
    };
    if verdict == EventVerdict::Last && had_ended { EventVerdict::Forward } else { verdict }
}

fn forward(segments: &mut Vec<Segment>, bytes: Bytes) {
    if !bytes.is_empty() {
        segments.push(Segment::Forward(bytes));
    }
}
