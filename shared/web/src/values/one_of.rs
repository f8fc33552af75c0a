//! One of a few words, which the OpenAPI document lists.

use domain::audit::{AuditAction, AuditSubject};
use domain::keys::Scope;
use domain::limits::{DeliveryStatus, EventKind, Metric, Mode, Period, SubjectKind};
use domain::queries::{CostBasis, Interval};
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// An enumeration whose values are words in requests.
pub trait Word: Sized {
    fn words() -> Vec<&'static str>;
    fn from_word(word: &str) -> Option<Self>;
}

macro_rules! words {
    ($($type:ty),+ $(,)?) => {$(
        impl Word for $type {
            fn words() -> Vec<&'static str> {
                Self::ALL.iter().map(|one| one.as_str()).collect()
            }

            fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    )+};
}
words!(
    AuditAction,
    AuditSubject,
    CostBasis,
    DeliveryStatus,
    EventKind,
    Interval,
    Metric,
    Mode,
    Period,
    Scope,
    SubjectKind,
);

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
