//! Counts the text that a model generated while parsing skips over it, so that nothing is built or copied.

use std::fmt;

use super::lenient;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Bytes of all strings in a value that the model generated.
#[derive(Default)]
pub(crate) struct TextBytes(u64);

/// The length of the generated text in a value.
pub(crate) fn text_bytes(value: &str) -> u64 {
    match serde_json::from_str::<TextBytes>(value) {
        Ok(bytes) => bytes.0,
        Err(_) => lenient::text_bytes(value, is_generated),
    }
}

/// Whether a member holds generated text. The members excluded here describe the text, repeat it or encode other media;
/// the text of audio is in `transcript`.
fn is_generated(key: &str) -> bool {
    !matches!(
        key,
        "role"
            | "id"
            | "type"
            | "status"
            | "index"
            | "call_id"
            | "finish_reason"
            | "data"
            | "result"
            | "url"
            | "obfuscation"
            | "logprobs"
            | "annotations"
            | "encrypted_content"
            | "signature"
    )
}

impl<'de> Deserialize<'de> for TextBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(TextBytes)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<u64, E> {
        Ok(text.len() as u64)
    }

    fn visit_bool<E>(self, _: bool) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_i64<E>(self, _: i64) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_u64<E>(self, _: u64) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_f64<E>(self, _: f64) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_unit<E>(self) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<u64, A::Error> {
        let mut total: u64 = 0;
        while let Some(TextBytes(bytes)) = seq.next_element()? {
            total = total.saturating_add(bytes);
        }
        Ok(total)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
        let mut total: u64 = 0;
        while let Some(Key(is_generated)) = map.next_key()? {
            if is_generated {
                total = total.saturating_add(map.next_value::<TextBytes>()?.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(total)
    }
}

/// Whether the member with this name holds generated text.
struct Key(bool);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        Ok(Key(is_generated(name)))
    }
}
