//! What metering reads from bodies, in both directions. Bodies themselves pass through as bytes: a request is
//! changed by splicing, an answer never.

mod answer;
mod error;
mod fields;
mod request;
mod unbounded;
mod usage;

#[cfg(test)]
mod tests;

pub use answer::{Answer, UpstreamError};
pub use error::{ErrorBody, ErrorObject};
pub use request::{RequestBody, RequestError};
pub use usage::{ParsedUsage, parse_usage};

pub(crate) use answer::parse_error;
pub(crate) use fields::{Member, as_array, as_bool, as_present, as_str, members, offset_in};

/// Which of the provider's bodies is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    ChatCompletions,
    Responses,
    Embeddings,
}
