//! What metering reads from request and response bodies. The bodies themselves pass through as bytes: requests are
//! changed by splicing, responses never.

mod content;
mod error;
mod fields;
mod request;
mod response;
mod usage;

#[cfg(test)]
mod tests;

pub use error::{ErrorBody, ErrorObject};
pub use request::{RequestBody, RequestError};
pub use response::{ResponseFields, UpstreamError};
pub use usage::{ParsedUsage, parse_usage};

pub(crate) use fields::{Member, as_array, as_present, as_str, members, offset_in};
pub(crate) use response::parse_error;
