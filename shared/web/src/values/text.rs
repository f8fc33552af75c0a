//! Text to search for, and ids.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};

pub(super) const MAX_SEARCH_CHARS: usize = 256;

/// Text to search for. The database's text holds no control characters, and it cannot be sent NUL.
#[derive(Debug, Clone)]
pub struct SearchText(pub String);

impl<'de> Deserialize<'de> for SearchText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_valid = (1..=MAX_SEARCH_CHARS).contains(&text.chars().count());
        if is_valid && !text.chars().any(char::is_control) {
            return Ok(Self(text));
        }
        let message = format!("must be 1 to {MAX_SEARCH_CHARS} characters without control characters");
        Err(D::Error::custom(message))
    }
}

/// An id in its text form, such as `key_…`.
#[derive(Debug, Clone, Copy)]
pub struct Id<T>(pub T);

impl<'de, T> Deserialize<'de> for Id<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|error| D::Error::custom(format!("must be a valid id: {error}")))
    }
}
