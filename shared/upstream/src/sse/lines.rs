//! Finds the end of events: a blank line, with lines ended by LF, CRLF or CR, however the stream is chunked. Some
//! providers omit the blank lines: where an event has one line of data that is whole JSON, the next line of data or
//! name begins a new one.

use memchr::memchr2;

use super::data::Data;

/// One event in the buffer, its blank line included.
pub(super) struct Boundary {
    pub start: usize,
    pub end: usize,
}

/// What the current event has of data so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum DataLines {
    #[default]
    None,
    One,
    /// One that is not whole JSON, or several.
    Open,
}

/// The state of the scan. Every byte is scanned once, however the stream is chunked.
#[derive(Debug, Default)]
pub(super) struct Lines {
    event_start: usize,
    line_start: usize,
    scanned: usize,
    /// The current line began in bytes that have already left the buffer.
    is_line_continued: bool,
    /// The current event has lines that are not comments.
    has_fields: bool,
    data: DataLines,
}

impl Lines {
    /// The next complete event in the buffer: up to a blank line, or a comment line before any field, so that a
    /// keep-alive is not held back until the next event.
    pub(super) fn next_boundary(&mut self, buffer: &[u8]) -> Option<Boundary> {
        loop {
            let unseen = buffer.get(self.scanned..)?;
            let Some(distance) = memchr2(b'\n', b'\r', unseen) else {
                self.scanned = buffer.len();
                return None;
            };
            let at = self.scanned + distance;
            let end = match (buffer.get(at), buffer.get(at + 1)) {
                (Some(b'\r'), Some(b'\n')) => at + 2,
                // The next byte decides whether a line feed belongs to it.
                (Some(b'\r'), None) => {
                    self.scanned = at;
                    return None;
                }
                _ => at + 1,
            };
            let is_blank = at == self.line_start && !self.is_line_continued;
            let is_comment = !self.is_line_continued && buffer.get(self.line_start) == Some(&b':');
            if !is_blank && let Some(boundary) = self.boundary_before_line(buffer) {
                return Some(boundary);
            }
            self.scanned = end;
            self.line_start = end;
            self.is_line_continued = false;
            if is_blank || (is_comment && !self.has_fields) {
                return Some(self.end_event(end));
            }
            self.has_fields = true;
        }
    }

    /// The event before the last line, if that begins a new one although no blank line precedes it. The line is scanned
    /// again, as the first of its event.
    pub(super) fn boundary_before_line(&mut self, buffer: &[u8]) -> Option<Boundary> {
        if self.is_line_continued {
            return None;
        }
        let line = buffer.get(self.line_start..)?;
        let is_data = line.starts_with(b"data");
        if self.data == DataLines::One && (is_data || line.starts_with(b"event:")) {
            if Data::of_event(buffer.get(self.event_start..self.line_start)?, true)?.is_whole() {
                self.scanned = self.line_start;
                return Some(self.end_event(self.line_start));
            }
            self.data = DataLines::Open;
        }
        if is_data && self.data == DataLines::None {
            self.data = DataLines::One;
        }
        None
    }

    fn end_event(&mut self, end: usize) -> Boundary {
        self.has_fields = false;
        self.data = DataLines::None;
        Boundary { start: std::mem::replace(&mut self.event_start, end), end }
    }

    /// Bytes of the event that is still incomplete.
    pub(super) fn pending_bytes(&self, buffer: &[u8]) -> usize {
        buffer.len().saturating_sub(self.event_start)
    }

    /// Bytes that have been scanned and may be forwarded.
    pub(super) fn scanned(&self) -> usize {
        self.scanned
    }

    /// Adjusts the scan after bytes were removed from the front of the buffer.
    pub(super) fn consume(&mut self, length: usize) {
        self.is_line_continued |= length > self.line_start;
        if length > self.event_start {
            self.data = DataLines::Open;
        }
        self.event_start = self.event_start.saturating_sub(length);
        self.line_start = self.line_start.saturating_sub(length);
        self.scanned = self.scanned.saturating_sub(length);
    }
}
