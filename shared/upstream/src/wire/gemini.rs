//! Google's wire format: generated content and embeddings of the Gemini API. Bodies are JSON of protocol buffers, whose
//! members may be spelled in two ways.

mod candidates;
mod config;
mod content;
mod counts;
mod error;
mod media;
mod request;
mod response;
mod stream;
mod tools;
mod uses;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use error::ErrorBody;

pub(crate) use content::content;
pub(crate) use counts::Counts;
pub(crate) use error::{parse_error, parse_error_body};
pub(crate) use request::parse_request;
pub(crate) use response::parse_response;
pub(crate) use stream::read as read_event;

use crate::json::{Member, as_present};

/// The name of a member in the spelling of JSON: `max_output_tokens` is `maxOutputTokens`.
fn json_name(name: &str) -> Cow<'_, str> {
    if !name.contains('_') {
        return name.into();
    }
    let mut words = name.split('_');
    let mut joined = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut characters = word.chars();
        joined.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        joined.push_str(characters.as_str());
    }
    joined.into()
}

/// The last member of this name, in either spelling, that is not null.
fn field<'a>(members: &[Member<'a>], name: &str) -> Option<&'a str> {
    members
        .iter()
        .rev()
        .find(|member| json_name(&member.key) == name)
        .and_then(|member| as_present(member.value))
}
