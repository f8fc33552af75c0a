//! The end of a stream: what came after its last complete event.

use bytes::Bytes;

use super::lines::Boundary;
use super::rest::RestKind;
use super::{BodyKind, Data, EventVerdict, Rest, StreamTap, document};

impl StreamTap {
    /// Ends the stream. Returns what came after the last blank line; it is metered like any event.
    pub fn finish(&mut self) -> Rest {
        if self.body == BodyKind::Document {
            return self.finish_document();
        }
        if self.body == BodyKind::Messages {
            // The beginning of a message is none.
            let bytes = self.take(self.buffer.len());
            self.observed.malformed_events += u64::from(!bytes.is_empty());
            self.observed.truncated = self.observed.ending.is_none();
            return Rest { event: Bytes::new(), bytes, kind: RestKind::Fragment };
        }
        let held = self.release();
        let is_array = self.body == BodyKind::Array;
        let boundary = if is_array { None } else { self.lines.boundary_before_line(&self.buffer) };
        let event = match boundary {
            Some(Boundary { start, end }) => {
                let verdict = self.judge(start..end);
                verdict.apply(self.take(end))
            }
            None => Bytes::new(),
        };
        let event = if event.is_empty() { held } else { [held, event].concat().into() };
        let length = self.buffer.len();
        let has_data = !is_array && Data::of_event(&self.buffer, self.is_first_event).is_some();
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

    fn finish_document(&mut self) -> Rest {
        let bytes = self.take(self.buffer.len());
        if self.oversized.is_none() {
            document::read(self.endpoint, &bytes, &mut self.observed);
        }
        self.observed.truncated = self.observed.ending.is_none();
        Rest { event: Bytes::new(), bytes, kind: RestKind::Other }
    }
}
