//! Finds the elements of a JSON array as it arrives, however it is chunked. Each is an event, together with the bracket
//! or the comma before it; the closing bracket is the last one.

use super::lines::Boundary;

/// The state of the scan. Every byte is scanned once.
#[derive(Debug, Default)]
pub(super) struct Elements {
    start: usize,
    scanned: usize,
    depth: u64,
    is_in_string: bool,
    is_escaped: bool,
    has_any: bool,
}

impl Elements {
    /// The next complete element, or the end.
    pub(super) fn next_boundary(&mut self, buffer: &[u8]) -> Option<Boundary> {
        while let Some(&byte) = buffer.get(self.scanned) {
            self.scanned += 1;
            if self.is_in_string {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.is_in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.is_in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth <= 1 {
                        self.has_any |= self.depth == 1;
                        let start = std::mem::replace(&mut self.start, self.scanned);
                        return Some(Boundary { start, end: self.scanned });
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Whether an element was complete.
    pub(super) fn has_any(&self) -> bool {
        self.has_any
    }

    /// Bytes of the element that is still incomplete.
    pub(super) fn pending_bytes(&self, buffer: &[u8]) -> usize {
        buffer.len().saturating_sub(self.start)
    }

    /// Adjusts the scan after bytes were removed from the front of the buffer.
    pub(super) fn consume(&mut self, length: usize) {
        self.start = self.start.saturating_sub(length);
        self.scanned = self.scanned.saturating_sub(length);
    }
}
