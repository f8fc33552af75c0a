//! Typed access to the members of a request body, with errors that name the member.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use serde::de::IgnoredAny;

use crate::json::{Member, as_bool, as_present, as_str, members, offset_in};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("The request body is not valid JSON (at byte {offset}).")]
    NotJson { offset: usize },
    #[error("The request body must be a JSON object.")]
    NotAnObject,
    #[error("'{param}' is required.")]
    Missing { param: &'static str },
    #[error("'{param}' must not be empty.")]
    Empty { param: &'static str },
    #[error("'{param}' must be {expected}.")]
    WrongType { param: Cow<'static, str>, expected: &'static str },
    /// Two readers of the same body could take different values, and one of them decides the price.
    #[error("'{param}' appears more than once.")]
    Duplicate { param: String },
}

impl RequestError {
    /// The `param` of the error object.
    pub fn param(&self) -> Option<&str> {
        match self {
            Self::NotJson { .. } | Self::NotAnObject => None,
            Self::Missing { param } | Self::Empty { param } => Some(param),
            Self::WrongType { param, .. } => Some(param),
            Self::Duplicate { param } => Some(param),
        }
    }
}

/// The text of a body; JSON is UTF-8.
pub(super) fn text_of(body: &[u8]) -> Result<&str, RequestError> {
    std::str::from_utf8(body).map_err(|error| RequestError::NotJson { offset: error.valid_up_to() })
}

/// The members of one object, without duplicates.
pub(super) struct Members<'a> {
    text: &'a str,
    members: Vec<Member<'a>>,
}

impl<'a> Members<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, RequestError> {
        Self::parse_named(text, |name| Cow::Borrowed(name))
    }

    /// Takes each name as `rename` returns it, so that two spellings of one name are duplicates.
    pub(super) fn parse_named(text: &'a str, rename: fn(&str) -> Cow<'_, str>) -> Result<Self, RequestError> {
        let mut members = members(text).map_err(|error| {
            if error.is_data() && serde_json::from_str::<IgnoredAny>(text).is_ok() {
                RequestError::NotAnObject
            } else {
                RequestError::NotJson { offset: byte_offset(text, error.line(), error.column()) }
            }
        })?;
        for member in &mut members {
            let renamed = match rename(&member.key) {
                Cow::Owned(renamed) => renamed,
                Cow::Borrowed(_) => continue,
            };
            member.key = renamed.into();
        }
        match first_duplicate(&members) {
            Some(param) => Err(RequestError::Duplicate { param: param.to_owned() }),
            None => Ok(Self { text, members }),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The range of a member's value in the text, null or not.
    pub(super) fn range_of(&self, param: &str) -> Option<Range<usize>> {
        let member = self.members.iter().find(|member| member.key == param)?;
        let start = offset_in(self.text, member.value);
        Some(start..start + member.value.len())
    }

    /// A member that is not null.
    pub(super) fn value(&self, param: &str) -> Option<&'a str> {
        value_of(&self.members, param)
    }

    pub(super) fn string(&self, param: &'static str) -> Result<Option<String>, RequestError> {
        string(&self.members, param)
    }

    pub(super) fn boolean(&self, param: &'static str) -> Result<Option<bool>, RequestError> {
        boolean(&self.members, param)
    }

    pub(super) fn count(&self, param: &'static str) -> Result<Option<u64>, RequestError> {
        let Some(value) = value_of(&self.members, param) else { return Ok(None) };
        value
            .parse()
            .map(Some)
            .map_err(|_| RequestError::WrongType { param: param.into(), expected: "a non-negative integer" })
    }

    /// `model`, or what the provider takes if it is missing.
    pub(super) fn model(&self, default: Option<&str>) -> Result<String, RequestError> {
        let model = self.string("model")?.or_else(|| default.map(str::to_owned));
        let model = model.ok_or(RequestError::Missing { param: "model" })?;
        if model.trim().is_empty() {
            return Err(RequestError::Empty { param: "model" });
        }
        Ok(model)
    }

    /// A text of `metadata`.
    pub(super) fn metadata_string(&self, name: &'static str) -> Result<Option<String>, RequestError> {
        // Metadata of another type holds no label; whether it is valid is for the provider to decide.
        let Some(Ok(fields)) = value_of(&self.members, "metadata").map(members) else { return Ok(None) };
        if fields.iter().filter(|field| field.key == name).count() > 1 {
            return Err(RequestError::Duplicate { param: format!("metadata.{name}") });
        }
        string(&fields, name).map_err(|_| RequestError::WrongType {
            param: format!("metadata.{name}").into(),
            expected: "a string",
        })
    }

    /// `stream_options.include_usage`; false by default.
    pub(super) fn include_usage(&self) -> Result<bool, RequestError> {
        let Some(options) = value_of(&self.members, "stream_options") else { return Ok(false) };
        let fields = members(options)
            .map_err(|_| RequestError::WrongType { param: "stream_options".into(), expected: "an object" })?;
        if let Some(param) = first_duplicate(&fields) {
            return Err(RequestError::Duplicate { param: format!("stream_options.{param}") });
        }
        let include_usage = boolean(&fields, "include_usage").map_err(|_| RequestError::WrongType {
            param: "stream_options.include_usage".into(),
            expected: "a boolean",
        })?;
        Ok(include_usage.unwrap_or_default())
    }
}

fn string(members: &[Member<'_>], param: &'static str) -> Result<Option<String>, RequestError> {
    let Some(value) = value_of(members, param) else { return Ok(None) };
    let text = as_str(value).ok_or(RequestError::WrongType { param: param.into(), expected: "a string" })?;
    Ok(Some(text.into_owned()))
}

fn boolean(members: &[Member<'_>], param: &'static str) -> Result<Option<bool>, RequestError> {
    let Some(value) = value_of(members, param) else { return Ok(None) };
    as_bool(value).map(Some).ok_or(RequestError::WrongType { param: param.into(), expected: "a boolean" })
}

/// The value of a member unless it is absent or null.
fn value_of<'a>(members: &[Member<'a>], param: &str) -> Option<&'a str> {
    members.iter().find(|member| member.key == param).and_then(|member| as_present(member.value))
}

fn first_duplicate<'a>(members: &'a [Member<'_>]) -> Option<&'a str> {
    let mut seen = HashSet::with_capacity(members.len());
    members.iter().map(|member| member.key.as_ref()).find(|key| !seen.insert(*key))
}

fn byte_offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}
