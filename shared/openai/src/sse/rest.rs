//! What a stream leaves behind after its last blank line.

use bytes::Bytes;

/// The bytes after the last complete event.
#[derive(Debug, PartialEq, Eq)]
pub struct Rest {
    pub(super) bytes: Bytes,
    pub(super) kind: RestKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RestKind {
    /// A reader would take it for an event if it were closed by a blank line.
    Event,
    /// The end of an event whose beginning was already forwarded.
    EndOfEvent,
    /// An incomplete event, or no event at all.
    Fragment,
}

impl Rest {
    /// The bytes as they came, if nothing is sent after them.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Closed by the missing line ends, so that another event may follow. Empty if no reader could use it.
    pub fn closed(self) -> Bytes {
        let line_ends = match self.kind {
            RestKind::Event if self.bytes.ends_with(b"\n") => "\n",
            RestKind::Event | RestKind::EndOfEvent => "\n\n",
            RestKind::Fragment => return Bytes::new(),
        };
        [&self.bytes, line_ends.as_bytes()].concat().into()
    }
}
