//! The one parser of requests: query strings and JSON bodies are deserialised into their types with serde, and every
//! invalid field is reported at once.
//!
//! Serde stops at the first invalid field. [`read`] then deserialises again from the next field on, until each field
//! has been read. A valid request is deserialised once.

mod access;
mod error;
mod json;
mod missing;
mod query;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::value::RawValue;

use self::access::{Presence, Source};
pub use self::error::Invalid;
use self::json::JsonValue;
use self::missing::Missing;
use self::query::QueryObject;
use crate::{ApiError, FieldError};

/// Newtype name by which a type asks for the JSON text of a value, so that no decimal goes through a float.
pub(crate) const RAW: &str = "$web::raw";
/// Newtype name by which a type accepts that its field is missing, as opposed to null.
pub(crate) const MAY_BE_MISSING: &str = "$web::may_be_missing";

/// Parameters of a query string or fields of a JSON object, as one type.
pub trait Request: DeserializeOwned {
    /// Whether fields that the type does not have are errors. Off where clients of other APIs may send more.
    const REJECTS_UNKNOWN: bool = true;

    /// Rules that involve several fields. Called whether or not each of them is valid by itself.
    fn check(_input: &Input<'_>, _errors: &mut Vec<FieldError>) {}
}

/// What a query string or a body is parsed into: one request type, or several side by side.
pub trait Parts: Sized {
    /// See [`Request::REJECTS_UNKNOWN`].
    const REJECTS_UNKNOWN: bool;

    /// `None` where a field is invalid; the input holds the errors.
    fn parse(input: &Input<'_>) -> Option<Self>;
}

impl<T: Request> Parts for T {
    const REJECTS_UNKNOWN: bool = T::REJECTS_UNKNOWN;

    fn parse(input: &Input<'_>) -> Option<Self> {
        let parsed = input.read();
        let mut errors = Vec::new();
        Self::check(input, &mut errors);
        input.errors.borrow_mut().extend(errors);
        parsed
    }
}

macro_rules! parts {
    ($($type:ident $value:ident),+) => {
        impl<$($type: Request),+> Parts for ($($type),+) {
            const REJECTS_UNKNOWN: bool = $($type::REJECTS_UNKNOWN)&&+;

            fn parse(input: &Input<'_>) -> Option<Self> {
                // Each is parsed before any is given up, so that all errors are reported.
                $(let $value = $type::parse(input);)+
                Some(($($value?),+))
            }
        }
    };
}
parts!(A a, B b);
parts!(A a, B b, C c);
parts!(A a, B b, C c, D d);
parts!(A a, B b, C c, D d, E e);
parts!(A a, B b, C c, D d, E e, F f);

type Errors = Rc<RefCell<Vec<FieldError>>>;

/// A query string or a JSON object, and what is wrong with it.
pub struct Input<'a> {
    fields: Fields<'a>,
    errors: Errors,
    /// The fields of all types that were read from it.
    known: RefCell<Vec<&'static str>>,
}

#[derive(Clone, Copy)]
enum Fields<'a> {
    Query(&'a [(String, String)]),
    Body(&'a RawValue),
}

impl<'a> Input<'a> {
    fn read<T: Deserialize<'a>>(&self) -> Option<T> {
        let (value, known) = match self.fields {
            Fields::Query(pairs) => read("", &self.errors, |run| QueryObject { pairs, run }),
            Fields::Body(raw) => read("", &self.errors, |run| JsonValue { raw, run }),
        };
        self.known.borrow_mut().extend(known);
        value
    }

    /// A field, if it is valid; for rules that involve several fields.
    pub fn get<T: Deserialize<'a>>(&self, name: &'static str) -> Option<T> {
        let errors = Errors::default();
        let found = match self.fields {
            Fields::Query(pairs) => query::Pairs(pairs).read(name, name, &errors),
            Fields::Body(raw) => json::JsonObject::parse(raw).ok()?.read(name, name, &errors),
        };
        match found {
            Presence::Present(value) => value,
            Presence::Missing => T::deserialize(Missing).ok(),
        }
    }
}

fn parse<T: Parts>(fields: Fields<'_>) -> Result<T, ApiError> {
    let input = Input { fields, errors: Errors::default(), known: RefCell::default() };
    let parsed = T::parse(&input);
    let known = input.known.take();
    let mut errors = input.errors.take();
    if let Fields::Body(raw) = fields {
        errors.extend(json::repeated(raw, ""));
    }
    match fields {
        _ if !T::REJECTS_UNKNOWN => {}
        Fields::Query(pairs) => errors.extend(query::unknown(pairs, &known)),
        Fields::Body(raw) => errors.extend(json::unknown(raw, &known, "")),
    }
    match parsed {
        Some(parsed) if errors.is_empty() => Ok(parsed),
        _ => Err(ApiError::Validation(errors)),
    }
}

/// Parses the pairs of a query string.
pub fn parse_query<T: Parts>(pairs: &[(String, String)]) -> Result<T, ApiError> {
    parse(Fields::Query(pairs))
}

/// Parses a JSON object; an empty body is an object without fields.
pub fn parse_body<T: Parts>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let raw: &RawValue = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        ApiError::NotJson(format!("The body is not valid JSON (line {line}, column {column})."))
    })?;
    if raw.get().starts_with('{') {
        return parse(Fields::Body(raw));
    }
    Err(ApiError::Validation(vec![FieldError::new("", "the body must be a JSON object")]))
}

/// The state of reading one value: its place in the request, and which of its fields have been read.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// `subject.` for the fields of `subject`.
    prefix: String,
    errors: Errors,
    next_field: Cell<usize>,
    found_error: Cell<bool>,
    known: Cell<&'static [&'static str]>,
}

/// Deserialises a value and collects every error in it. Also returns the names of its fields, where it has any.
fn read<'de, T, D>(
    field: &str,
    errors: &Errors,
    deserializer: impl Fn(Rc<Run>) -> D,
) -> (Option<T>, &'static [&'static str])
where
    T: Deserialize<'de>,
    D: Deserializer<'de, Error = Invalid>,
{
    let prefix = if field.is_empty() { String::new() } else { format!("{field}.") };
    let run = Rc::new(Run { prefix, errors: Rc::clone(errors), ..Run::default() });
    let mut is_valid = true;
    loop {
        run.found_error.set(false);
        let read = T::deserialize(deserializer(Rc::clone(&run)));
        if run.found_error.get() {
            is_valid = false;
            continue;
        }
        // Behind an invalid field, serde misses that field once all others have been read.
        let value = match read {
            Ok(value) => Some(value),
            Err(_) if !is_valid => None,
            Err(Invalid(message)) => {
                errors.borrow_mut().push(FieldError::new(field, message));
                None
            }
        };
        return (value.filter(|_| is_valid), run.known.get());
    }
}
