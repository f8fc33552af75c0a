//! A tap on the provider's event stream: whole events pass on as the bytes they were, a copy is metered.
//!
//! Nothing is re-serialised. The only changes are cuts, where a caller did not ask for the usage of a chat
//! stream: the usage chunk goes, and the `usage` members of other chunks go.

mod chat;
mod data;
mod lines;
mod observed;
mod responses;
mod text;

#[cfg(test)]
mod tests;

use bytes::{Bytes, BytesMut};

use self::data::Data;
use self::lines::{Boundary, Lines};
pub use self::observed::{Ending, Observed};

/// The largest event that is kept until it is whole. A longer one passes through unread.
const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Which of the provider's streams is tapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `hide_usage`: the caller did not ask for the usage chunk.
    ChatCompletions {
        hide_usage: bool,
    },
    Responses,
}

/// Bytes to send on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Forward(Bytes),
    /// The terminal event, `[DONE]` or the final `response.*`: everything to meter is known, settle before sending it.
    /// At most once a stream; what comes after it is forwarded.
    Last(Bytes),
}

/// What a stream left behind that had no blank line after it.
#[derive(Debug, PartialEq, Eq)]
pub struct Rest {
    bytes: Bytes,
    kind: RestKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RestKind {
    /// A reader could take it for an event, were it closed.
    Event,
    /// The end of an event whose beginning is with the reader already.
    EndOfEvent,
    /// Half an event, or none at all.
    Scrap,
}

impl Rest {
    /// As it came: nothing follows it.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// With the line ends that it lacks, so that another event may follow; nothing where no reader could read it.
    pub fn closed(self) -> Bytes {
        let line_ends = match self.kind {
            RestKind::Event if self.bytes.ends_with(b"\n") => "\n",
            RestKind::Event | RestKind::EndOfEvent => "\n\n",
            RestKind::Scrap => return Bytes::new(),
        };
        [&self.bytes, line_ends.as_bytes()].concat().into()
    }
}

/// What becomes of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Forward,
    Last,
    Drop,
    /// Ranges of the event to leave out, ascending and apart.
    Cut(Vec<std::ops::Range<usize>>),
}

pub struct StreamTap {
    dialect: Dialect,
    max_event_bytes: usize,
    buffer: BytesMut,
    lines: Lines,
    is_first_event: bool,
    /// Inside an event that is too long to keep.
    is_passing_through: bool,
    observed: Observed,
}

impl StreamTap {
    pub fn new(dialect: Dialect) -> Self {
        Self::with_max_event_bytes(dialect, MAX_EVENT_BYTES)
    }

    pub fn with_max_event_bytes(dialect: Dialect, max_event_bytes: usize) -> Self {
        Self {
            dialect,
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

    /// Takes bytes as they arrived, in any chunks, and gives back what can be sent on now.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Segment> {
        self.buffer.extend_from_slice(chunk);
        let mut segments = Vec::new();
        // Events that pass unchanged leave together, in one segment.
        let mut passing = 0;
        while let Some(boundary) = self.lines.next_boundary(&self.buffer) {
            let Boundary { start, end } = boundary;
            let verdict = self.judge(start..end);
            if verdict == Verdict::Forward {
                passing = end;
                continue;
            }
            let before = self.take(start);
            forward(&mut segments, before);
            let event = self.take(end - start);
            passing = 0;
            match verdict {
                Verdict::Forward | Verdict::Drop => {}
                Verdict::Last => segments.push(Segment::Last(event)),
                Verdict::Cut(ranges) => forward(&mut segments, without(&event, &ranges)),
            }
        }
        let passed = self.take(passing);
        forward(&mut segments, passed);
        if self.is_passing_through || self.lines.pending_bytes(&self.buffer) > self.max_event_bytes {
            self.pass_through(&mut segments);
        }
        segments
    }

    /// Ends the stream. Gives back what was left without a blank line after it; it is metered like any event.
    pub fn finish(&mut self) -> Rest {
        let length = self.buffer.len();
        let has_data = Data::of_event(&self.buffer, self.is_first_event).is_some();
        let malformed_events = self.observed.malformed_events;
        let is_end = self.is_passing_through;
        let verdict = self.judge(0..length);
        let kind = match verdict {
            _ if is_end => RestKind::EndOfEvent,
            Verdict::Drop => RestKind::Scrap,
            _ if has_data && self.observed.malformed_events == malformed_events => RestKind::Event,
            _ => RestKind::Scrap,
        };
        self.observed.truncated = self.observed.ending.is_none();
        let rest = self.take(length);
        let bytes = match verdict {
            Verdict::Forward | Verdict::Last => rest,
            Verdict::Drop => Bytes::new(),
            Verdict::Cut(ranges) => without(&rest, &ranges),
        };
        Rest { bytes, kind }
    }

    fn judge(&mut self, range: std::ops::Range<usize>) -> Verdict {
        let is_first = std::mem::take(&mut self.is_first_event);
        if std::mem::take(&mut self.is_passing_through) {
            return Verdict::Forward;
        }
        let Some(event) = self.buffer.get(range) else { return Verdict::Forward };
        let Some(data) = Data::of_event(event, is_first) else { return Verdict::Forward };
        let had_ended = self.observed.ending.is_some();
        let verdict = if data.text.trim_ascii() == b"[DONE]" {
            self.observed.ending.get_or_insert(Ending::Done);
            Verdict::Last
        } else {
            match self.dialect {
                Dialect::ChatCompletions { hide_usage } => chat::read(&data, hide_usage, &mut self.observed),
                Dialect::Responses => responses::read(&data, &mut self.observed),
            }
        };
        if verdict == Verdict::Last && had_ended { Verdict::Forward } else { verdict }
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

fn without(event: &[u8], ranges: &[std::ops::Range<usize>]) -> Bytes {
    let mut kept = BytesMut::with_capacity(event.len());
    let mut copied = 0;
    for range in ranges {
        kept.extend_from_slice(event.get(copied..range.start).unwrap_or_default());
        copied = range.end;
    }
    kept.extend_from_slice(event.get(copied..).unwrap_or_default());
    kept.freeze()
}
