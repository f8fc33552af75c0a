//! One of a few words, which the OpenAPI document lists.

use domain::words::Word;
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

#[derive(Debug, Clone, Copy)]
pub struct OneOf<T>(pub T);

impl<'de, T: Word> Deserialize<'de> for OneOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let found = T::from_word(&text).map(Self);
        found.ok_or_else(|| D::Error::custom(format!("must be one of {}", T::words().join(", "))))
    }
}

/// The schema of a word, for `#[param(schema_with = words::<…>)]`.
pub fn words<T: Word>() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(T::words())).into()
}
