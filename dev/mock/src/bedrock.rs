//! Amazon Bedrock's wire: Converse, and Invoke in the formats of some vendors, plain and as binary messages.

mod converse;
mod errors;
mod invoke;
mod messages;
mod prompt;
mod routes;
mod tools;

pub(crate) use converse::answer as converse;
pub(crate) use errors::{error, error_body, error_message, invalid_key, refuse, with_headers};
pub(crate) use invoke::{answer as invoke, usage_headers};
pub(crate) use messages::encoded;
pub(crate) use routes::routes;
