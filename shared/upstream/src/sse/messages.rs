//! Finds the messages of a binary event stream as it arrives, however it is chunked. Each begins with its length and the
//! checksum of that; what is in it is read once it is whole.

use super::lines::Boundary;
use super::{EventVerdict, Segment, StreamTap, forward};

/// Length, length of the headers, checksum of both.
const PRELUDE_BYTES: usize = 12;
/// A prelude, no headers, no payload, a checksum.
const SHORTEST: usize = 16;

/// The state of the scan.
#[derive(Debug, Default)]
pub(super) struct Messages {
    start: usize,
    /// Bytes of a message that is too long to buffer, which still have to pass.
    skipped: usize,
    /// A length cannot be true: nothing that follows has a beginning.
    is_broken: bool,
}

/// What is next in the buffer.
pub(super) enum NextMessage {
    Whole(Boundary),
    Incomplete,
    /// Longer than messages may be.
    TooLong,
    Broken,
}

impl Messages {
    pub(super) fn next(&mut self, buffer: &[u8], max_bytes: usize) -> NextMessage {
        let rest = buffer.get(self.start..).unwrap_or_default();
        if self.is_broken || self.skipped > 0 {
            return NextMessage::Incomplete;
        }
        let Some((prelude, _)) = rest.split_at_checked(PRELUDE_BYTES) else { return NextMessage::Incomplete };
        let number = |at: usize| {
            let bytes = prelude.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
            u32::from_be_bytes(bytes)
        };
        let length = usize::try_from(number(0)).unwrap_or(usize::MAX);
        if crc32fast::hash(prelude.get(..8).unwrap_or_default()) != number(8) || length < SHORTEST {
            self.is_broken = true;
            return NextMessage::Broken;
        }
        if length > max_bytes {
            self.skipped = length;
            return NextMessage::TooLong;
        }
        if rest.len() < length {
            return NextMessage::Incomplete;
        }
        let (start, end) = (self.start, self.start + length);
        self.start = end;
        NextMessage::Whole(Boundary { start, end })
    }

    /// How many bytes can pass unread.
    pub(super) fn passing(&self, buffer: &[u8]) -> usize {
        let rest = buffer.len().saturating_sub(self.start);
        if self.is_broken { rest } else { self.skipped.min(rest) }
    }

    /// Adjusts the scan after bytes were removed from the front of the buffer.
    pub(super) fn consume(&mut self, length: usize) {
        let unread = length.saturating_sub(self.start);
        self.start = self.start.saturating_sub(length);
        self.skipped = self.skipped.saturating_sub(unread);
    }
}

impl StreamTap {
    /// Messages that are whole, those too long to buffer unread, and all of a stream that has lost its framing.
    pub(super) fn push_messages(&mut self) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut passing = 0;
        loop {
            match self.messages.next(&self.buffer, self.max_event_bytes) {
                NextMessage::Whole(Boundary { start, end }) => {
                    passing = end;
                    if self.judge(start..end) == EventVerdict::Last {
                        let before = self.take(start);
                        forward(&mut segments, before);
                        segments.push(Segment::Last(self.take(end - start)));
                        passing = 0;
                    }
                }
                NextMessage::TooLong => self.observed.unread_events += 1,
                NextMessage::Broken => self.observed.malformed_events += 1,
                NextMessage::Incomplete => {
                    let passed = self.take(std::mem::take(&mut passing));
                    forward(&mut segments, passed);
                    let unread = self.take(self.messages.passing(&self.buffer));
                    if unread.is_empty() {
                        return segments;
                    }
                    forward(&mut segments, unread);
                }
            }
        }
    }
}
