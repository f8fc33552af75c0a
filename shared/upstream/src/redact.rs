//! Removes our provider key from what the provider sends back, in the forms in which a provider may quote it.
//!
//! A caller who read the key in an error message, a stream or a header could spend our money elsewhere. Bytes without
//! the key stay as they are and are not copied.

mod forms;

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue};
use memchr::memchr3;

use self::forms::{Found, key_at};
use crate::ProviderKey;

/// What stands in place of a key.
const REDACTED: &[u8] = b"[redacted]";
/// A shorter key is no secret: servers without keys take `none` or `EMPTY`, and responses may contain such words.
const MIN_KEY_BYTES: usize = 16;

/// Redacts one response, in any chunks.
pub(crate) struct Redactor {
    key: Option<ProviderKey>,
    /// The end of what came so far, if it may be the beginning of the key.
    held: Bytes,
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
mod tests;
