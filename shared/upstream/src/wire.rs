//! What metering reads from request and response bodies. The bodies themselves pass through as bytes: requests are
//! changed by splicing, responses never.

mod completion;
mod content;
mod error;
mod fields;
mod made_objects;
mod named_objects;
mod outcome;
mod request;
mod response;
mod text;
mod tool_uses;
mod upstream_error;
mod usage;

#[cfg(test)]
mod tests;

pub use completion::completion_text;
pub use domain::usage::ReportedUsage;
pub use error::{ErrorBody, ErrorObject};
pub use made_objects::{MadeObjects, is_id};
pub use named_objects::NamedObjects;
pub use request::{RequestBody, RequestError};
pub use response::ResponseFields;
pub use tool_uses::UsedTools;
pub use upstream_error::UpstreamError;
pub use usage::parse_usage;

pub(crate) use fields::{Member, as_array, as_present, as_str, offset_in, read_array, read_object, readable};
pub(crate) use text::text_bytes;
pub(crate) use upstream_error::parse_error;
pub(crate) use usage::read_usage;
