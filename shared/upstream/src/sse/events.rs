//! Events of a stream one by one: where each ends in the buffer, and what it says.

use std::ops::Range;

use bytes::Bytes;
use domain::calls::Wire;

use super::lines::Boundary;
use super::{BodyKind, Data, EventVerdict, OversizedEvent, Segment, StreamTap};
use crate::wire::{
    read_anthropic_event, read_bedrock_message, read_chat_event, read_gemini_event, read_responses_event,
};

impl StreamTap {
    /// The next complete event in the buffer.
    pub(super) fn next_boundary(&mut self) -> Option<Boundary> {
        match self.body {
            BodyKind::Array => self.elements.next_boundary(&self.buffer),
            _ => self.lines.next_boundary(&self.buffer),
        }
    }

    /// Bytes of the event that is still incomplete.
    pub(super) fn pending_bytes(&self) -> usize {
        match self.body {
            BodyKind::Array => self.elements.pending_bytes(&self.buffer),
            _ => self.lines.pending_bytes(&self.buffer),
        }
    }

    /// Bytes that have been scanned and may be forwarded.
    pub(super) fn scanned(&self) -> usize {
        match self.body {
            BodyKind::Array => self.buffer.len(),
            _ => self.lines.scanned(),
        }
    }

    pub(super) fn judge(&mut self, range: Range<usize>) -> EventVerdict {
        let is_first = std::mem::take(&mut self.is_first_event);
        if let Some(mut oversized) = self.oversized.take() {
            oversized.push(self.buffer.get(range).unwrap_or_default());
            let shortened = oversized.into_event().unwrap_or_default();
            let verdict = self.read(&Bytes::from(shortened), false);
            // Its beginning has been forwarded, so nothing can be left out.
            return if verdict == EventVerdict::Last { verdict } else { EventVerdict::Forward };
        }
        // Taken out and put back, as reading changes what was observed.
        let buffer = std::mem::take(&mut self.buffer);
        let verdict = buffer.get(range).map(|event| self.read(event, is_first));
        self.buffer = buffer;
        verdict.unwrap_or(EventVerdict::Forward)
    }

    /// Reads one event. At most one per stream is the last.
    fn read(&mut self, event: &[u8], is_first: bool) -> EventVerdict {
        let had_ended = self.observed.is_done();
        if self.body == BodyKind::Messages {
            let verdict = read_bedrock_message(self.endpoint, event, &mut self.observed);
            return if had_ended { EventVerdict::Forward } else { verdict };
        }
        let is_gemini = self.endpoint.wire() == Wire::Gemini;
        let data = match self.body {
            BodyKind::Array if event.trim_ascii() == b"]" => {
                self.observed.done();
                return if had_ended { EventVerdict::Forward } else { EventVerdict::Last };
            }
            BodyKind::Array => Data::of_json(event),
            // An error may come without the name of the field.
            _ => Data::of_event(event, is_first).or_else(|| Data::of_json(event).filter(|_| is_gemini)),
        };
        let Some(data) = data else { return EventVerdict::Forward };
        let observed = &mut self.observed;
        let verdict = if data.is_done() {
            observed.done();
            EventVerdict::Last
        } else {
            match self.endpoint.wire() {
                Wire::Anthropic => read_anthropic_event(&data, observed),
                Wire::Gemini => read_gemini_event(&data, self.choices, observed),
                Wire::OpenAi if self.endpoint.is_responses() => read_responses_event(&data, observed),
                // Embeddings are not streamed, and Bedrock's streams are messages; one in their place is read as the
                // common one.
                Wire::OpenAi | Wire::Bedrock => {
                    read_chat_event(&data, self.hide_usage, self.choices, observed)
                }
            }
        };
        if verdict == EventVerdict::Last && had_ended { EventVerdict::Forward } else { verdict }
    }

    /// Whether the event that was just read may be the last one: only the end of the stream says so.
    pub(super) fn may_be_last(&self) -> bool {
        self.endpoint.wire() == Wire::Gemini
            && !self.observed.is_done()
            && self.observed.is_finished(self.choices)
    }

    pub(super) fn pass_through(&mut self, length: usize, segments: &mut Vec<Segment>) {
        super::forward(segments, self.release());
        let bytes = self.take(length);
        let (wire, is_array) = (self.endpoint.wire(), self.body == BodyKind::Array);
        let observed = &mut self.observed;
        let oversized = self.oversized.get_or_insert_with(|| {
            observed.unread_events += 1;
            OversizedEvent::new(wire, is_array)
        });
        oversized.push(&bytes);
        super::forward(segments, bytes);
    }
}
