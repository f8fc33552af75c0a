//! Pairs of a query string. A repeated name is a list; a field named `tag.*` takes all pairs whose names begin with
//! `tag.`.

use std::rc::Rc;

use serde::de::value::SeqDeserializer;
use serde::de::{Deserialize, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::access::{Access, Presence, Source, present};
use super::{Errors, Invalid, Run};
use crate::FieldError;

pub(super) struct QueryObject<'de> {
    pub(super) pairs: &'de [(String, String)],
    pub(super) run: Rc<Run>,
}

impl<'de> Deserializer<'de> for QueryObject<'de> {
    type Error = Invalid;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Invalid> {
        Err(Invalid("must be read into a struct".to_owned()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        visitor.visit_map(Access::new(Pairs(self.pairs), fields, self.run))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map option newtype_struct enum identifier ignored_any
    }
}

pub(super) struct Pairs<'de>(pub(super) &'de [(String, String)]);

impl<'de> Source<'de> for Pairs<'de> {
    fn read<T: Deserialize<'de>>(&self, name: &'static str, path: &str, errors: &Errors) -> Presence<T> {
        let pairs: Vec<_> = self.0.iter().filter(|(given, _)| is_of(given, name)).collect();
        if pairs.is_empty() {
            return Presence::Missing;
        }
        let is_control = |text: &String| text.chars().any(char::is_control);
        // The database's text holds none, and it cannot be sent NUL.
        if let Some((name, _)) = pairs.iter().find(|(name, value)| is_control(name) || is_control(value)) {
            errors.borrow_mut().push(FieldError::new(name.clone(), "must not contain control characters"));
            return Presence::Present(None);
        }
        present(path, errors, |_| QueryValue(pairs.clone())).0
    }
}

/// Whether a pair belongs to a field; a wildcard stands for at least one character.
fn is_of(name: &str, field: &str) -> bool {
    match field.strip_suffix('*') {
        Some(prefix) => name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()),
        None => name == field,
    }
}

/// An error for each pair that belongs to none of the `known` fields.
pub(super) fn unknown(pairs: &[(String, String)], known: &[&str]) -> Vec<FieldError> {
    let names =
        pairs.iter().map(|(name, _)| name).filter(|name| !known.iter().any(|field| is_of(name, field)));
    names.map(|name| FieldError::new(name.clone(), "is not a parameter of this endpoint")).collect()
}

/// The pairs of one field.
struct QueryValue<'de>(Vec<&'de (String, String)>);

impl<'de> QueryValue<'de> {
    fn only(&self) -> Result<&'de str, Invalid> {
        match self.0.as_slice() {
            [(_, value)] => Ok(value),
            _ => Err(Invalid("must be sent only once".to_owned())),
        }
    }
}

impl<'de> Deserializer<'de> for QueryValue<'de> {
    type Error = Invalid;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        visitor.visit_borrowed_str(self.only()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        let text = self.only()?;
        match text.parse() {
            Ok(number) => visitor.visit_i64(number),
            Err(_) => visitor.visit_borrowed_str(text),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        match self.only()?.parse() {
            Ok(flag) => visitor.visit_bool(flag),
            Err(_) => Err(Invalid("must be true or false".to_owned())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        let each = self.0.into_iter().map(|pair| QueryValue(vec![pair]));
        visitor.visit_seq(SeqDeserializer::new(each))
    }

    /// Names and values, as sequence of pairs: a name may stand more than once.
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Invalid> {
        let (name, value) =
            self.0.first().map(|(name, value)| (name.as_str(), value.as_str())).unwrap_or_default();
        visitor.visit_seq(SeqDeserializer::new([name, value].into_iter()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        visitor.visit_enum(self.only()?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Invalid> for QueryValue<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
