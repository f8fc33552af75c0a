//! What a stream leaves behind after its last blank line.

use bytes::Bytes;

/// The bytes after the last complete event.
#[derive(Debug, PartialEq, Eq)]
pub struct Rest {
    /// A complete event that no blank line separates from the rest.
    pub(super) event: Bytes,
    pub(super) bytes: Bytes,
    pub(super) kind: RestKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RestKind {
    /// A reader would take it for an event if it were closed by a blank line.
    Event,
    /// The end of an event whose beginning was already forwarded, or a body that is not a stream.
    Other,
    /// An incomplete event, or no event at all.
    Fragment,
}

impl Rest {
    /// The bytes as they came, if nothing is sent after them.
    pub fn into_bytes(self) -> Bytes {
        if self.event.is_empty() {
            return self.bytes;
        }
        [self.event, self.bytes].concat().into()
    }

    /// Closed by the missing line ends, so that another event may follow. Empty if no reader could use it.
    pub fn closed(self) -> Bytes {
        let (rest, line_ends): (&[u8], _) = match self.kind {
            RestKind::Event if self.bytes.ends_with(b"\n") => (&self.bytes, "\n"),
            RestKind::Event | RestKind::Other => (&self.bytes, "\n\n"),
            RestKind::Fragment => (b"", if self.event.is_empty() { "" } else { "\n" }),
        };
        [&self.event, rest, line_ends.as_bytes()].concat().into()
    }
}
