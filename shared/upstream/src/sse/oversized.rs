//! Reads an event that is too long to buffer while it passes: keeps its JSON without long texts and long lists, which
//! is small enough to be read like any other event.

use domain::calls::Wire;

/// Longer strings are cut.
const MAX_STRING_BYTES: usize = 256;
/// An event whose shortened JSON is longer stays unread.
const MAX_BYTES: usize = 256 * 1024;

/// The shortened data of one event.
#[derive(Debug)]
pub(super) struct OversizedEvent {
    json: Vec<u8>,
    /// Whether it is JSON alone, not lines of fields.
    is_json: bool,
    /// Lists nested deeper are emptied: what an answer consists of, but neither its choices nor its usage.
    max_list_depth: u32,
    line: LinePosition,
    depth: u32,
    /// The depth outside the outermost list that is being emptied.
    emptied_from: Option<u32>,
    string: Option<StringPosition>,
}

#[derive(Debug, Default)]
enum LinePosition {
    /// This many bytes of the field's name match `data:`.
    #[default]
    Start,
    Name(usize),
    Data,
    OtherField,
}

#[derive(Debug, Default)]
struct StringPosition {
    length: usize,
    is_escaped: bool,
    /// Whether the backslash before was kept, so that what it escapes must be.
    is_kept_escape: bool,
}

const DATA_FIELD: &[u8] = b"data:";

impl OversizedEvent {
    pub(super) fn new(wire: Wire, is_json: bool) -> Self {
        Self {
            json: Vec::new(),
            is_json,
            max_list_depth: match wire {
                Wire::OpenAi | Wire::Anthropic | Wire::Bedrock => 3,
                // Its usage has lists.
                Wire::Gemini => 4,
            },
            line: LinePosition::Start,
            depth: 0,
            emptied_from: None,
            string: None,
        }
    }

    /// Takes the next bytes of the event.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.is_json {
                // What separates it from the element before is no part of it.
                if self.depth > 0 || byte == b'{' {
                    self.push_data(byte);
                }
                continue;
            }
            if byte == b'\n' || byte == b'\r' {
                self.line = LinePosition::Start;
                continue;
            }
            match self.line {
                LinePosition::Data => self.push_data(byte),
                LinePosition::OtherField => {}
                LinePosition::Start => self.push_name(byte, 0),
                LinePosition::Name(matched) => self.push_name(byte, matched),
            }
        }
    }

    /// The event as one line of data, or as JSON alone; `None` if even that is too long.
    pub(super) fn into_event(self) -> Option<Vec<u8>> {
        let name = if self.is_json { &[][..] } else { DATA_FIELD };
        (self.json.len() <= MAX_BYTES).then(|| [name, &self.json].concat())
    }

    fn push_name(&mut self, byte: u8, matched: usize) {
        self.line = match DATA_FIELD.get(matched) {
            Some(&expected) if expected == byte && matched + 1 == DATA_FIELD.len() => LinePosition::Data,
            Some(&expected) if expected == byte => LinePosition::Name(matched + 1),
            _ => LinePosition::OtherField,
        };
    }

    fn push_data(&mut self, byte: u8) {
        if let Some(string) = &mut self.string {
            let is_end = byte == b'"' && !string.is_escaped;
            // Never cut between a backslash and what it escapes.
            let is_kept = is_end || string.is_kept_escape || string.length < MAX_STRING_BYTES;
            let is_escape = byte == b'\\' && !string.is_escaped;
            string.is_escaped = is_escape;
            string.is_kept_escape = is_escape && is_kept;
            string.length += 1;
            if is_end {
                self.string = None;
            }
            if is_kept {
                self.keep(byte);
            }
            return;
        }
        match byte {
            b'"' => {
                self.string = Some(StringPosition::default());
                self.keep(byte);
            }
            b'{' | b'[' => {
                self.keep(byte);
                self.depth += 1;
                if byte == b'[' && self.depth >= self.max_list_depth && self.emptied_from.is_none() {
                    self.emptied_from = Some(self.depth - 1);
                }
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.emptied_from.is_some_and(|depth| self.depth <= depth) {
                    self.emptied_from = None;
                }
                self.keep(byte);
            }
            _ => self.keep(byte),
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.emptied_from.is_none() && self.json.len() <= MAX_BYTES {
            self.json.push(byte);
        }
    }
}
