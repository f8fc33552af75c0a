//! JSON bodies, field by field: those nobody knows are named, and all that is wrong is said together.

use std::collections::BTreeMap;

use axum::body::Body;
use domain::change::Edit;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use web::{ApiError, FieldError, read_body};

use crate::read::Read;

/// The fields of an object. Values stay the text they came as, so that no number goes through a float.
pub(crate) struct Fields {
    rest: BTreeMap<String, Box<RawValue>>,
    path: &'static str,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Reads a body; none at all is an object without fields.
    pub(crate) async fn of(body: Body) -> Result<Self, ApiError> {
        let bytes = read_body(body).await?;
        let text = if bytes.is_empty() { b"{}" } else { bytes.as_ref() };
        let value: &RawValue = serde_json::from_slice(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            ApiError::NotJson(format!("The body is not valid JSON (line {line}, column {column})."))
        })?;
        Self::parse(value, "")
            .map_err(|_| ApiError::Validation(vec![FieldError::new("", "the body must be a JSON object")]))
    }

    fn parse(value: &RawValue, path: &'static str) -> Read<Self> {
        let rest = serde_json::from_str(value.get()).map_err(|_| "must be an object".to_owned())?;
        Ok(Self { rest, path, errors: Vec::new() })
    }

    /// A field that must be there.
    pub(crate) fn required<T>(&mut self, name: &str, read: impl FnOnce(&RawValue) -> Read<T>) -> Option<T> {
        match self.optional(name, read) {
            Edit::Set(value) => Some(value),
            Edit::Keep => {
                if !self.errors.iter().any(|error| error.field == format!("{}{name}", self.path)) {
                    self.refuse(name, "is required");
                }
                None
            }
        }
    }

    /// A field that may be left out.
    pub(crate) fn optional<T>(&mut self, name: &str, read: impl FnOnce(&RawValue) -> Read<T>) -> Edit<T> {
        let Some(value) = self.rest.remove(name) else { return Edit::Keep };
        match read(&value) {
            Ok(value) => Edit::Set(value),
            Err(message) => {
                self.refuse(name, message);
                Edit::Keep
            }
        }
    }

    /// As [`Fields::optional`], where null is the same as nothing.
    pub(crate) fn nullable<T>(&mut self, name: &str, read: impl FnOnce(&RawValue) -> Read<T>) -> Option<T> {
        match self.optional(name, |value| or_null(value, read)) {
            Edit::Set(value) => value,
            Edit::Keep => None,
        }
    }

    /// An object within, whose own fields `read` takes.
    pub(crate) fn object<T>(
        &mut self,
        name: &str,
        path: &'static str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let mut inner = self.required(name, |value| Self::parse(value, path))?;
        let made = read(&mut inner);
        inner.refuse_rest();
        self.errors.append(&mut inner.errors);
        made
    }

    /// For a field whose name says what to do instead.
    pub(crate) fn forbidden(&mut self, name: &str, message: &str) {
        if self.rest.remove(name).is_some() {
            self.refuse(name, message);
        }
    }

    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(format!("{}{name}", self.path), message));
    }

    fn refuse_rest(&mut self) {
        for (name, _) in std::mem::take(&mut self.rest) {
            self.refuse(&name, "is not a field of this request");
        }
    }

    /// What was made of the fields, if nothing is wrong with any.
    pub(crate) fn finish<T>(mut self, made: Option<T>) -> Result<T, ApiError> {
        self.refuse_rest();
        match made {
            Some(made) if self.errors.is_empty() => Ok(made),
            _ => Err(ApiError::Validation(self.errors)),
        }
    }
}

pub(crate) fn or_null<T>(value: &RawValue, read: impl FnOnce(&RawValue) -> Read<T>) -> Read<Option<T>> {
    if value.get() == "null" { Ok(None) } else { read(value).map(Some) }
}

pub(crate) fn json<T: DeserializeOwned>(value: &RawValue, meaning: &str) -> Read<T> {
    serde_json::from_str(value.get()).map_err(|_| format!("must be {meaning}"))
}

pub(crate) fn text(value: &RawValue) -> Read<String> {
    json(value, "a string")
}

/// An exact decimal: a string or a number, whose digits are taken as they were written.
pub(crate) fn decimal<T>(value: &RawValue, meaning: &str) -> Read<T>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let digits = match value.get() {
        quoted if quoted.starts_with('"') => text(value)?,
        number => number.to_owned(),
    };
    digits.parse().map_err(|error| format!("must be {meaning}: {error}"))
}
