//! Anthropic's wire format: Messages and the count of their input tokens.

mod content;
mod counts;
mod error;
mod iterations;
mod request;
mod response;
mod stream;
mod tools;

#[cfg(test)]
mod tests;

pub use error::ErrorBody;

pub(crate) use content::{content, named_objects};
pub(crate) use counts::Counts;
pub(crate) use request::parse_request;
pub(crate) use response::parse_response;
pub(crate) use stream::read as read_event;
