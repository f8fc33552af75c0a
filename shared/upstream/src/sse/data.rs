//! The data of one event, with a mapping from positions in it back to the event's bytes.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr2;

use crate::json::{read_object, readable};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

pub(crate) struct Data<'a> {
    /// The `data` lines joined by line feeds; borrowed if there is only one, as there nearly always is.
    pub text: Cow<'a, [u8]>,
    /// The `event` field, if any.
    pub event_name: Option<&'a [u8]>,
    /// Where the first data line begins in the event.
    origin: usize,
    /// Where each further one begins: in `text`, and in the event.
    more_origins: Vec<(usize, usize)>,
}

impl<'a> Data<'a> {
    /// `None` if the event has no data: comments, keep-alives.
    pub(super) fn of_event(event: &'a [u8], is_first: bool) -> Option<Self> {
        let mut at = if is_first && event.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let mut data: Option<Data<'a>> = None;
        let mut event_name = None;
        while let Some(rest) = event.get(at..).filter(|rest| !rest.is_empty()) {
            let length = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or_default();
            if let Some(value) = field(line, b"data") {
                let origin = at + length - value.len();
                match &mut data {
                    Some(data) => data.append(value, origin),
                    None => {
                        data = Some(Self::of_line(value, origin));
                    }
                }
            } else if let Some(name) = field(line, b"event") {
                event_name = Some(name);
            }
            // A CRLF counts as two line ends here; the empty line between them is harmless.
            at += length + 1;
        }
        data.map(|data| Self { event_name, ..data })
    }

    /// The data of an event that is a JSON object alone, after what separates it from the one before.
    pub(crate) fn of_json(event: &'a [u8]) -> Option<Self> {
        let origin = event.iter().position(|&byte| byte == b'{')?;
        let is_bare =
            event.get(..origin)?.iter().all(|byte| byte.is_ascii_whitespace() || b"[,".contains(byte));
        let text = event.get(origin..).filter(|_| is_bare)?.trim_ascii_end();
        Some(Self::of_line(text, origin))
    }

    fn of_line(text: &'a [u8], origin: usize) -> Self {
        Self { text: Cow::Borrowed(text), event_name: None, origin, more_origins: Vec::new() }
    }

    /// Whether the data is complete on its own.
    pub(super) fn is_whole(&self) -> bool {
        self.is_done() || read_object(&readable(&self.text)).is_some_and(|object| object.is_whole)
    }

    /// Whether this is the event that ends a stream.
    pub(super) fn is_done(&self) -> bool {
        self.text.trim_ascii() == b"[DONE]"
    }

    fn append(&mut self, value: &[u8], origin: usize) {
        let text = self.text.to_mut();
        text.push(b'\n');
        self.more_origins.push((text.len(), origin));
        text.extend_from_slice(value);
    }

    /// Maps a range of `text` to a range of the event. A range that spans lines covers the bytes between them.
    pub(crate) fn in_event(&self, range: &Range<usize>) -> Range<usize> {
        self.position(range.start)..self.position(range.end)
    }

    fn position(&self, offset: usize) -> usize {
        let line = self.more_origins.iter().rev().find(|(start, _)| *start <= offset);
        let (start, origin) = line.copied().unwrap_or((0, self.origin));
        origin + (offset - start)
    }
}

/// The value of a line if it is the named field: after the colon and one space.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(name)?;
    if rest.is_empty() {
        return Some(rest);
    }
    let value = rest.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}
