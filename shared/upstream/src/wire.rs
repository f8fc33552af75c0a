//! What metering reads from request and response bodies, a module for each provider's wire format. The bodies themselves
//! pass through as bytes: requests are changed by splicing, responses never.
//!
//! Each format answers the same questions: what a request asks for ([`RequestBody::parse`]), what bounds it
//! ([`RequestBody::content`]), what a response or an event says was used ([`ResponseFields`], the readers of event
//! streams), and what an error looks like.

mod anthropic;
mod bedrock;
mod count;
mod edit;
mod found;
mod gemini;
mod members;
mod openai;
mod part;
mod request;
mod response;
mod stated_cost;
mod upstream_error;

pub use anthropic::ErrorBody as AnthropicErrorBody;
pub use bedrock::{
    ErrorBody as BedrockErrorBody, add_headers as add_bedrock_headers, bare_model as bare_bedrock_model,
    closing_message as closing_bedrock_message, error_type as bedrock_error_type,
};
pub use domain::usage::ReportedUsage;
pub use gemini::ErrorBody as GeminiErrorBody;
pub use members::RequestError;
pub use openai::{
    ErrorBody, ErrorObject, MadeObjects, NamedObjects, UsedTools, completion_text, is_id, parse_usage,
};
pub use part::ReportedPart;
pub use request::RequestBody;
pub use response::ResponseFields;
pub use upstream_error::UpstreamError;

pub(crate) use anthropic::{Counts as AnthropicCounts, read_event as read_anthropic_event};
pub(crate) use bedrock::read_message as read_bedrock_message;
pub(crate) use gemini::{Counts as GeminiCounts, read_event as read_gemini_event};
pub(crate) use openai::{read_chat_event, read_responses_event, read_usage};
