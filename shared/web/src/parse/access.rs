//! The fields of an object, in the order of the type that they are read into.

use std::rc::Rc;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess};

use super::missing::Missing;
use super::{Errors, Invalid, Run};
use crate::FieldError;

/// Where fields are found by name.
pub(super) trait Source<'de> {
    /// Reads a field that is present; collects every error in it.
    fn read<T: Deserialize<'de>>(&self, name: &'static str, path: &str, errors: &Errors) -> Presence<T>;
}

pub(super) enum Presence<T> {
    Missing,
    /// `None` where it is invalid.
    Present(Option<T>),
}

/// Hands each field of the type to serde, from the first one that has not been read yet.
pub(super) struct Access<S> {
    source: S,
    fields: std::iter::Enumerate<std::slice::Iter<'static, &'static str>>,
    field: (usize, &'static str),
    run: Rc<Run>,
}

impl<S> Access<S> {
    pub(super) fn new(source: S, fields: &'static [&'static str], run: Rc<Run>) -> Self {
        run.known.set(fields);
        Self { source, fields: fields.iter().enumerate(), field: (0, ""), run }
    }
}

impl<'de, S: Source<'de>> MapAccess<'de> for Access<S> {
    type Error = Invalid;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Invalid> {
        let first = self.run.next_field.get();
        let Some((at, name)) = self.fields.by_ref().find(|(at, _)| *at >= first) else { return Ok(None) };
        self.field = (at, name);
        let name: StrDeserializer<'_, Invalid> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Invalid> {
        // Derived code asks for values by type, below. A seed of its own cannot be read again for further errors.
        seed.deserialize(Missing)
    }

    fn next_value<V: Deserialize<'de>>(&mut self) -> Result<V, Invalid> {
        let (at, name) = self.field;
        let path = format!("{}{name}", self.run.prefix);
        let value = match self.source.read(name, &path, &self.run.errors) {
            Presence::Present(value) => value,
            Presence::Missing => match V::deserialize(Missing) {
                Ok(value) => Some(value),
                Err(Invalid(message)) => {
                    self.run.errors.borrow_mut().push(FieldError::new(path, message));
                    None
                }
            },
        };
        value.ok_or_else(|| {
            self.run.next_field.set(at + 1);
            self.run.found_error.set(true);
            Invalid("is invalid".to_owned())
        })
    }
}

/// Reads a value with the deserialiser that is passed.
pub(super) fn present<'de, T, D>(
    path: &str,
    errors: &Errors,
    deserializer: impl Fn(Rc<Run>) -> D,
) -> (Presence<T>, &'static [&'static str])
where
    T: Deserialize<'de>,
    D: Deserializer<'de, Error = Invalid>,
{
    let (value, known) = super::read(path, errors, deserializer);
    (Presence::Present(value), known)
}
