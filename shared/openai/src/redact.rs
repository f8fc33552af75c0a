//! Removes our provider key from what the provider sends back, in the forms in which a provider may quote it.
//!
//! Whoever could read the key in an error message, a stream or a header could spend our money elsewhere. Bytes without
//! the key stay as they are and are not copied.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue};
use memchr::memchr3;

use crate::ProviderKey;

/// What stands in place of a key.
const REDACTED: &[u8] = b"[redacted]";
/// A shorter key is no secret: servers without keys take `none` or `EMPTY`, and responses may contain such words.
const MIN_KEY_BYTES: usize = 16;
/// Text within JSON within JSON doubles the backslashes; this many are followed.
const MAX_BACKSLASHES: usize = 8;

/// Redacts one response, in any chunks.
pub(crate) struct Redactor {
    key: Option<ProviderKey>,
    /// The end of what came so far, if it may be the beginning of the key.
    held: Bytes,
}

/// Whether the key begins at some place of a text.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    No,
    /// The key may go on behind the end of the text.
    Begins,
    /// The key, written in this many bytes.
    Whole(usize),
}

impl Redactor {
    pub(crate) fn new(key: &ProviderKey) -> Self {
        let is_secret = key.expose_secret().len() >= MIN_KEY_BYTES;
        Self { key: is_secret.then(|| key.clone()), held: Bytes::new() }
    }

    /// What can be passed on after this chunk.
    pub(crate) fn push(&mut self, chunk: Bytes) -> Bytes {
        let text = if self.held.is_empty() {
            chunk
        } else {
            let mut joined = BytesMut::from(std::mem::take(&mut self.held).as_ref());
            joined.extend_from_slice(&chunk);
            joined.freeze()
        };
        let (keys, rest) = self.find(&text);
        self.held = text.slice(rest..);
        without(text.slice(..rest), &keys)
    }

    /// What was held back at the end.
    pub(crate) fn finish(&mut self) -> Bytes {
        std::mem::take(&mut self.held)
    }

    pub(crate) fn redact_headers(&self, headers: &mut HeaderMap) {
        for value in headers.values_mut() {
            let (keys, _) = self.find(value.as_bytes());
            if !keys.is_empty() {
                let text = without(Bytes::copy_from_slice(value.as_bytes()), &keys);
                *value = HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("[redacted]"));
            }
        }
    }

    /// Where the key is, and where the text ends that can hold no beginning of it.
    fn find(&self, text: &[u8]) -> (Vec<Range<usize>>, usize) {
        let mut keys = Vec::new();
        let Some(key) = &self.key else { return (keys, text.len()) };
        let key = key.expose_secret().as_bytes();
        let first = key.first().copied().unwrap_or_default();
        let mut at = 0;
        while let Some(next) = text.get(at..).and_then(|rest| memchr3(first, b'\\', b'%', rest)) {
            at += next;
            match key_at(key, text.get(at..).unwrap_or_default()) {
                Found::No => at += 1,
                Found::Begins => return (keys, at),
                Found::Whole(length) => {
                    keys.push(at..at + length);
                    at += length;
                }
            }
        }
        (keys, text.len())
    }
}

fn key_at(key: &[u8], text: &[u8]) -> Found {
    let mut at = 0;
    for expected in key {
        match character_at(*expected, text.get(at..).unwrap_or_default()) {
            Found::Whole(length) => at += length,
            other => return other,
        }
    }
    Found::Whole(at)
}

/// One character, as it is or escaped: `k`, `\u006b`, `\/`, `%6B`.
fn character_at(expected: u8, text: &[u8]) -> Found {
    match text.first() {
        None => Found::Begins,
        Some(byte) if *byte == expected => Found::Whole(1),
        Some(b'%') => hexadecimal(expected, text, 1, 2),
        Some(b'\\') => {
            let slashes = text.iter().take(MAX_BACKSLASHES).take_while(|byte| **byte == b'\\').count();
            match text.get(slashes) {
                None => Found::Begins,
                Some(b'u') => hexadecimal(expected, text, slashes + 1, 4),
                Some(byte) if *byte == expected && !byte.is_ascii_alphanumeric() => Found::Whole(slashes + 1),
                Some(_) => Found::No,
            }
        }
        Some(_) => Found::No,
    }
}

/// A character's number in `digits` hexadecimal digits from `start` on.
fn hexadecimal(expected: u8, text: &[u8], start: usize, digits: usize) -> Found {
    let number = text.get(start..).unwrap_or_default();
    let number = number.get(..digits).unwrap_or(number);
    let written = format!("{expected:0digits$x}");
    let is_same = number.iter().zip(written.bytes()).all(|(a, b)| a.to_ascii_lowercase() == b);
    match is_same {
        false => Found::No,
        true if number.len() < digits => Found::Begins,
        true => Found::Whole(start + digits),
    }
}

fn without(text: Bytes, keys: &[Range<usize>]) -> Bytes {
    if keys.is_empty() {
        return text;
    }
    let mut redacted = BytesMut::with_capacity(text.len());
    let mut copied = 0;
    for key in keys {
        redacted.extend_from_slice(text.get(copied..key.start).unwrap_or_default());
        redacted.extend_from_slice(REDACTED);
        copied = key.end;
    }
    redacted.extend_from_slice(text.get(copied..).unwrap_or_default());
    redacted.freeze()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "sk-mock/of_the-tests";

    fn redactor() -> Redactor {
        Redactor::new(&ProviderKey::parse(KEY).unwrap())
    }

    fn redact_bytes(mut redactor: Redactor, text: &Bytes) -> Bytes {
        let (begin, end) = (redactor.push(text.clone()), redactor.finish());
        if end.is_empty() { begin } else { [begin, end].concat().into() }
    }

    fn redact(text: &str) -> String {
        let text = Bytes::copy_from_slice(text.as_bytes());
        String::from_utf8(redact_bytes(redactor(), &text).to_vec()).unwrap()
    }

    fn escaped(escape: impl Fn(char) -> String) -> String {
        KEY.chars().map(escape).collect()
    }

    #[test]
    fn key_is_removed_in_all_forms() {
        for form in [
            KEY.to_owned(),
            KEY.replace('/', r"\/"),
            KEY.replace('/', r"\\\/"),
            KEY.replace('/', "%2F"),
            escaped(|c| format!("\\u{:04x}", u32::from(c))),
            escaped(|c| format!("\\\\u{:04X}", u32::from(c))),
            escaped(|c| format!("%{:02x}", u32::from(c))),
            escaped(|c| if c == 's' { "\\u0073".to_owned() } else { c.to_string() }),
        ] {
            assert_eq!(
                redact(&format!(r#"{{"m":"key {form}, {form}"}}"#)),
                r#"{"m":"key [redacted], [redacted]"}"#
            );
        }
    }

    #[test]
    fn other_text_stays_as_it_is_and_is_not_copied() {
        for text in ["sk-.", "\\n", r"\u0073.", "%73.", "sk-mock/of_the-test", "\\\"s\\u0073\\n", r"\s\k"] {
            let bytes = Bytes::from(format!("{text}\n"));
            let redacted = redact_bytes(redactor(), &bytes);
            assert_eq!((redacted.as_ptr(), &redacted), (bytes.as_ptr(), &bytes), "{text}");
        }
    }

    #[test]
    fn words_that_serve_as_keys_of_local_servers_are_not_secrets() {
        let redactor = Redactor::new(&ProviderKey::parse("none").unwrap());
        assert_eq!(redact_bytes(redactor, &Bytes::from_static(b"none")), "none");
    }

    #[test]
    fn headers_are_redacted() {
        let mut headers = HeaderMap::new();
        headers.insert("openai-model", HeaderValue::from_static("a sk-mock/of_the-tests b"));
        headers.insert("x-request-id", HeaderValue::from_static("req_1"));
        redactor().redact_headers(&mut headers);
        assert_eq!(headers["openai-model"], "a [redacted] b");
        assert_eq!(headers["x-request-id"], "req_1");
    }

    #[test]
    fn text_that_cannot_begin_the_key_is_never_held_back() {
        let mut redactor = redactor();
        for text in ["data: {}\n\n", "data: {\"a\":\"sk-mock \"}\n\n", "data: \"\\u0041\"\n\n"] {
            assert_eq!(redactor.push(Bytes::from(text)), text);
        }
        assert_eq!(redactor.push(Bytes::from("a sk-mo")), "a ");
        assert_eq!(redactor.push(Bytes::from("re")), "sk-more");
        assert_eq!(redactor.push(Bytes::from("sk-mock")), "");
        assert_eq!(redactor.finish(), "sk-mock");
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(
            parts in prop::collection::vec(
                prop::sample::select(vec!["sk-", "mock/", "of_the-", "tests", "\\", "\\u006", "b", "%2", "f", "\n", KEY]),
                0..12,
            ),
            size in 1_usize..9,
        ) {
            let text = parts.concat();
            let mut redactor = redactor();
            let mut redacted = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                redacted.extend_from_slice(&redactor.push(Bytes::copy_from_slice(chunk)));
            }
            redacted.extend_from_slice(&redactor.finish());
            prop_assert_eq!(String::from_utf8(redacted).unwrap(), redact(&text));
        }
    }
}
