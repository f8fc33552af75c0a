//! OpenAI's wire format: chat completions, Responses, embeddings, legacy completions, moderations.

mod chat;
mod choices;
mod completion;
mod content;
mod error;
mod made_objects;
mod named_objects;
mod outcome;
mod request;
mod response;
mod responses;
mod tool_uses;
mod usage;

#[cfg(test)]
mod tests;

pub use completion::completion_text;
pub use error::{ErrorBody, ErrorObject};
pub use made_objects::{MadeObjects, is_id};
pub use named_objects::NamedObjects;
pub use tool_uses::UsedTools;
pub use usage::parse_usage;

pub(crate) use chat::read as read_chat_event;
pub(crate) use content::content;
pub(crate) use request::{include_usage_edit, parse_request, parse_request_with};
pub(crate) use response::parse_response;
pub(crate) use responses::read as read_responses_event;
pub(crate) use usage::read_usage;
