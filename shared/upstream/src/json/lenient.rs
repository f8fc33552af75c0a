//! Reads JSON that a strict parser refuses: finds members and elements by their brackets and quotes, and leaves their
//! values unchecked. One wrong value must not hide the usage beside it.

use std::borrow::Cow;

use memchr::memchr2;

use super::{Member, ReadObject, as_str};

/// Deeper values are not read.
const MAX_DEPTH: u32 = 64;

pub(super) fn object(text: &str) -> Option<ReadObject<'_>> {
    let mut scan = Scan::inside(text, b'{')?;
    let mut members = Vec::new();
    while let Some((key, value)) = scan.next_member() {
        members.push(Member { key: name(key), value });
    }
    Some(ReadObject { members, is_whole: scan.is_at_end(b'}') })
}

/// The name in quotes, as it stands if it cannot be decoded.
fn name(key: &str) -> Cow<'_, str> {
    let inner = key.get(1..key.len().saturating_sub(1)).unwrap_or_default();
    let decoded = if inner.contains('\\') { as_str(key) } else { None };
    decoded.unwrap_or(Cow::Borrowed(inner))
}

pub(super) fn elements(text: &str) -> Vec<&str> {
    let mut elements = Vec::new();
    if let Some(mut scan) = Scan::inside(text, b'[') {
        while let Some(element) = scan.next_value() {
            elements.push(element);
        }
    }
    elements
}

/// UTF-8 bytes of all strings in a value whose member name passes `is_counted`. Half a surrogate pair counts three.
pub(crate) fn text_bytes(value: &str, is_counted: fn(&str) -> bool) -> u64 {
    count(value, is_counted, 0)
}

fn count(value: &str, is_counted: fn(&str) -> bool, depth: u32) -> u64 {
    if depth > MAX_DEPTH {
        return value.len() as u64;
    }
    match value.as_bytes().first() {
        Some(b'"') => decoded_bytes(value),
        Some(b'{') => object(value).map_or(0, |object| {
            let counted = object.members.iter().filter(|member| is_counted(&member.key));
            counted.map(|member| count(member.value, is_counted, depth + 1)).sum()
        }),
        Some(b'[') => elements(value).iter().map(|element| count(element, is_counted, depth + 1)).sum(),
        _ => 0,
    }
}

/// The length of a quoted string without its escapes.
fn decoded_bytes(quoted: &str) -> u64 {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    let mut rest = inner.as_bytes();
    let mut bytes = 0;
    while let Some((&first, tail)) = rest.split_first() {
        let (length, used) = match (first, tail.first()) {
            (b'\\', Some(b'u')) => match unit(rest) {
                Some(0xD800..0xDC00) if rest.get(6..).and_then(unit).is_some_and(is_low) => (4, 12),
                Some(0..0x80) => (1, 6),
                Some(0x80..0x800) => (2, 6),
                Some(_) => (3, 6),
                None => (1, 2),
            },
            (b'\\', Some(_)) => (1, 2),
            _ => (1, 1),
        };
        bytes += length;
        rest = rest.get(used..).unwrap_or_default();
    }
    bytes
}

/// The code unit of an escape such as `\u00e9`.
fn unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn is_low(unit: u16) -> bool {
    (0xDC00..0xE000).contains(&unit)
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    /// Starts behind the opening bracket.
    fn inside(text: &'a str, opening: u8) -> Option<Self> {
        let mut scan = Self { text, at: 0 };
        if text.starts_with('\u{FEFF}') {
            scan.at = '\u{FEFF}'.len_utf8();
        }
        scan.skip(|byte| byte.is_ascii_whitespace());
        (scan.peek() == Some(opening)).then(|| {
            scan.at += 1;
            scan
        })
    }

    fn next_member(&mut self) -> Option<(&'a str, &'a str)> {
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b',');
        if self.peek() != Some(b'"') {
            return None;
        }
        let key = self.string()?;
        self.skip(|byte| byte.is_ascii_whitespace());
        if self.peek() != Some(b':') {
            return None;
        }
        self.at += 1;
        Some((key, self.next_value()?))
    }

    /// The next complete value; `None` at the end of the container or where the text breaks off.
    fn next_value(&mut self) -> Option<&'a str> {
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b',');
        match self.peek()? {
            b'"' => self.string(),
            b'{' | b'[' => self.container(),
            b'}' | b']' => None,
            _ => self.scalar(),
        }
    }

    fn string(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.at += 1;
        while let Some(distance) = memchr2(b'"', b'\\', self.text.as_bytes().get(self.at..)?) {
            self.at += distance + 1;
            if self.text.as_bytes().get(self.at - 1) == Some(&b'"') {
                return self.text.get(start..self.at);
            }
            self.at += 1;
        }
        None
    }

    fn container(&mut self) -> Option<&'a str> {
        let start = self.at;
        let mut depth: u64 = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return self.text.get(start..self.at);
            }
        }
        None
    }

    fn scalar(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.skip(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b'}' | b']'));
        // A number at the end of the text may have lost digits.
        self.peek().and_then(|_| self.text.get(start..self.at))
    }

    /// Whether only the closing bracket is left.
    fn is_at_end(&self, closing: u8) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default().trim_ascii();
        rest == [closing]
    }

    fn skip(&mut self, is_skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&is_skipped) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}
