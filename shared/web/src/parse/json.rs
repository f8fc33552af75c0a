//! JSON values. Numbers stay the text they came as until a type asks for one.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde::de::value::SeqDeserializer;
use serde::de::{
    Deserialize, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;

use super::access::{Access, Presence, Source, present};
use super::{Errors, Invalid, RAW, Run};
use crate::FieldError;

#[derive(Clone)]
pub(super) struct JsonValue<'de> {
    pub(super) raw: &'de RawValue,
    pub(super) run: Rc<Run>,
}

impl<'de> JsonValue<'de> {
    fn parse<T: Deserialize<'de>>(&self, expected: &str) -> Result<T, Invalid> {
        serde_json::from_str(self.raw.get()).map_err(|_| Invalid(format!("must be {expected}")))
    }
}

impl<'de> Deserializer<'de> for JsonValue<'de> {
    type Error = Invalid;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        match self.raw.get().as_bytes().first() {
            Some(b'"') => visitor.visit_string(self.parse("a string")?),
            Some(b'[') => {
                let items: Vec<&RawValue> = self.parse("an array")?;
                let items = items.into_iter().map(|raw| JsonValue { raw, run: Rc::default() });
                visitor.visit_seq(SeqDeserializer::new(items))
            }
            Some(b'{') => Err(Invalid::invalid_type(Unexpected::Map, &visitor)),
            Some(b't' | b'f') => visitor.visit_bool(self.parse("a boolean")?),
            Some(b'n') => visitor.visit_unit(),
            _ => match self.parse("a number") {
                Ok(number) => visitor.visit_i64(number),
                // Unlike serde_json, Rust reads a number that no float can hold: as infinity, which no type takes.
                Err(_) => match self.raw.get().parse() {
                    Ok(number) => visitor.visit_f64(number),
                    Err(_) => Err(Invalid("must be a number".to_owned())),
                },
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        if self.raw.get() == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        if name == RAW {
            visitor.visit_borrowed_str(self.raw.get())
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        let object = JsonObject::parse(self.raw)?;
        visitor.visit_map(Access::new(object, fields, self.run))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        let name: String = self.parse("a string")?;
        visitor.visit_enum(name.into_deserializer())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

impl<'de> IntoDeserializer<'de, Invalid> for JsonValue<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

pub(super) struct JsonObject<'de>(BTreeMap<String, &'de RawValue>);

impl<'de> JsonObject<'de> {
    pub(super) fn parse(raw: &'de RawValue) -> Result<Self, Invalid> {
        serde_json::from_str(raw.get()).map(Self).map_err(|_| Invalid("must be an object".to_owned()))
    }
}

impl<'de> Source<'de> for JsonObject<'de> {
    fn read<T: Deserialize<'de>>(&self, name: &'static str, path: &str, errors: &Errors) -> Presence<T> {
        let Some(raw) = self.0.get(name) else { return Presence::Missing };
        let (value, known) = present(path, errors, |run| JsonValue { raw, run });
        if !known.is_empty() {
            let prefix = format!("{path}.");
            errors
                .borrow_mut()
                .extend(repeated(raw, &prefix).into_iter().chain(unknown(raw, known, &prefix)));
        }
        value
    }
}

/// The names of an object's fields, each as often as it is there.
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;
        impl<'de> Visitor<'de> for NamesVisitor {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }
        deserializer.deserialize_map(NamesVisitor)
    }
}

fn names(raw: &RawValue) -> Vec<String> {
    serde_json::from_str(raw.get()).map_or_else(|_| Vec::new(), |Names(names)| names)
}

/// An error for each field that an object has more than once: readers disagree on which one counts.
pub(super) fn repeated(raw: &RawValue, prefix: &str) -> Vec<FieldError> {
    let mut names = names(raw);
    names.sort_unstable();
    let mut repeated: Vec<&String> =
        names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    repeated.dedup();
    repeated
        .into_iter()
        .map(|name| FieldError::new(format!("{prefix}{name}"), "must be sent only once"))
        .collect()
}

/// An error for each field of an object that is not `known`.
pub(super) fn unknown(raw: &RawValue, known: &[&str], prefix: &str) -> Vec<FieldError> {
    let mut names = names(raw);
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !known.contains(&name.as_str()));
    names
        .into_iter()
        .map(|name| FieldError::new(format!("{prefix}{name}"), "is not a field of this request"))
        .collect()
}
