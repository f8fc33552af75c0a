//! Members of JSON objects as borrowed slices of the original text. Nothing is built or copied, and nested values are
//! skipped without recursion.

mod lenient;
mod text;
pub(crate) mod valid;

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// One member of an object. `value` is a slice of the parsed text without surrounding white space.
#[derive(Debug, Clone)]
pub(crate) struct Member<'a> {
    pub key: Cow<'a, str>,
    pub value: &'a str,
}

struct Members<'a>(Vec<Member<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Members)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some((Text(key), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            members.push(Member { key, value: value.get() });
        }
        Ok(members)
    }
}

/// A string, borrowed if it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// All members of an object in order, including duplicates.
pub(crate) fn members(object: &str) -> Result<Vec<Member<'_>>, serde_json::Error> {
    serde_json::from_str::<Members<'_>>(object).map(|members| members.0)
}

/// An object of the provider, read as far as it can be.
pub(crate) struct ReadObject<'a> {
    pub members: Vec<Member<'a>>,
    /// Whether it ends where the text ends. One that breaks off has only its complete members.
    pub is_whole: bool,
}

/// The members of an object, even if some of its values are no JSON, such as `NaN` or half a surrogate pair. `None` if
/// the text is no object.
pub(crate) fn read_object(text: &str) -> Option<ReadObject<'_>> {
    match members(text) {
        Ok(members) => Some(ReadObject { members, is_whole: true }),
        Err(_) => lenient::object(text),
    }
}

/// The elements of an array, even if some are no JSON; empty if the text is no array.
pub(crate) fn read_array(text: &str) -> Vec<&str> {
    as_array(text).unwrap_or_else(|| lenient::elements(text))
}

/// The text of untrusted bytes, of the same length: each invalid byte becomes a question mark.
pub(crate) fn readable(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(text)
}

pub(crate) use text::text_bytes;

/// The offset of a slice in the text it was borrowed from.
pub(crate) fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

pub(crate) fn as_present(value: &str) -> Option<&str> {
    (value != "null").then_some(value)
}

pub(crate) fn as_str(value: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(value).ok().map(|text| text.0)
}

/// A text that is not empty.
pub(crate) fn as_text(value: &str) -> Option<String> {
    as_str(value).filter(|text| !text.is_empty()).map(Cow::into_owned)
}

pub(crate) fn as_bool(value: &str) -> Option<bool> {
    match value {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

pub(crate) fn as_array(value: &str) -> Option<Vec<&str>> {
    let elements: Vec<&RawValue> = serde_json::from_str(value).ok()?;
    Some(elements.into_iter().map(RawValue::get).collect())
}
