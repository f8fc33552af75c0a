//! Amazon Bedrock's wire format: Converse, which is one format for all models, and Invoke, whose bodies have the format of
//! the model's vendor. The path names the model and the method.

mod content;
mod counts;
mod error;
mod family;
mod nested;
mod request;
mod response;
mod stream;

#[cfg(test)]
mod tests;

pub use error::{ErrorBody, error_type};
pub use request::{add_headers, bare_model};

pub(crate) use content::content;
pub(crate) use error::{is_of_credentials, message_of};
pub(crate) use request::parse_request;
pub(crate) use response::{add_header_facts, parse_response};
pub use stream::closing_message;

pub(crate) use stream::read as read_message;

use crate::json::{Member, as_present, read_object};
use crate::sse::Observed;

/// The last member of this name that is not null.
fn field<'a>(members: &[Member<'a>], name: &str) -> Option<&'a str> {
    members.iter().rev().find(|member| member.key == name).and_then(|member| as_present(member.value))
}

/// The members of a part of a stream; `None` if it is no object.
fn read_object_members<'a>(text: &'a str, observed: &mut Observed) -> Option<Vec<Member<'a>>> {
    let object = read_object(text);
    observed.malformed_events += u64::from(object.as_ref().is_none_or(|object| !object.is_whole));
    object.map(|object| object.members)
}
