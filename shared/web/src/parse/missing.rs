//! A field that the request does not have.

use serde::de::{Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

use super::{Invalid, MAY_BE_MISSING};

/// Nothing for an `Option`, and an error for any type that does not accept it.
pub(super) struct Missing;

impl<'de> Deserializer<'de> for Missing {
    type Error = Invalid;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Invalid> {
        Err(Invalid::missing_field(""))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        if name == MAY_BE_MISSING { visitor.visit_none() } else { self.deserialize_any(visitor) }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}
