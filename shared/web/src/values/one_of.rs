//! One of a few words, which the OpenAPI document lists.

use domain::words::Word;
use serde::de::{Deserialize, Deserializer, Error};

#[derive(Debug, Clone, Copy)]
pub struct OneOf<T>(pub T);

impl<'de, T: Word> Deserialize<'de> for OneOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let found = T::from_word(&text).map(Self);
        found.ok_or_else(|| D::Error::custom(format!("must be one of {}", T::words().join(", "))))
    }
}
