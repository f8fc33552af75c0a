//! Properties that a request may leave out, where leaving out is not the same as null.

use std::fmt;
use std::marker::PhantomData;

use domain::change::Edit;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, Visitor};

use crate::parse::MAY_BE_MISSING;

/// A property of a `PATCH`: what is missing stays as it is.
#[derive(Debug, Clone)]
pub enum Patch<T> {
    Missing,
    Set(T),
}

impl<T> Patch<T> {
    pub fn unwrap_or(self, default: T) -> T {
        match self {
            Self::Missing => default,
            Self::Set(value) => value,
        }
    }

    pub fn into_edit<U>(self, convert: impl FnOnce(T) -> U) -> Edit<U> {
        match self {
            Self::Missing => Edit::Keep,
            Self::Set(value) => Edit::Set(convert(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(MAY_BE_MISSING, PatchVisitor(PhantomData))
    }
}

struct PatchVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PatchVisitor<T> {
    type Value = Patch<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_none<E: Error>(self) -> Result<Patch<T>, E> {
        Ok(Patch::Missing)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Patch<T>, D::Error> {
        T::deserialize(deserializer).map(Patch::Set)
    }
}

/// Whether a field is there, whatever its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence(pub bool);

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let patch = Patch::<IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(matches!(patch, Patch::Set(_))))
    }
}
