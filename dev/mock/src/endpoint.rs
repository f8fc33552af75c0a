//! The metered endpoints, and the wires that they belong to.

use serde_json::Value;

use crate::usage::Usage;

/// Whose format requests, responses and errors have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    OpenAi,
    Anthropic,
    Gemini,
    Bedrock,
}

impl Wire {
    /// The endpoint in whose format requests without usage are refused.
    pub(crate) const fn main_endpoint(self) -> Endpoint {
        match self {
            Self::OpenAi => Endpoint::Chat,
            Self::Anthropic => Endpoint::Messages,
            Self::Gemini => Endpoint::GenerateContent,
            Self::Bedrock => Endpoint::Converse,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Chat,
    Responses,
    Embeddings,
    Completions,
    Compact,
    Messages,
    GenerateContent,
    StreamContent,
    EmbedContent,
    BatchEmbed,
    Converse,
    ConverseStream,
    Invoke,
    InvokeStream,
}

impl Endpoint {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Embeddings => "/v1/embeddings",
            Self::Completions => "/v1/completions",
            Self::Compact => "/v1/responses/compact",
            Self::Messages => "/v1/messages",
            Self::GenerateContent => "/v1beta/models:generateContent",
            Self::StreamContent => "/v1beta/models:streamGenerateContent",
            Self::EmbedContent => "/v1beta/models:embedContent",
            Self::BatchEmbed => "/v1beta/models:batchEmbedContents",
            Self::Converse => "/model/converse",
            Self::ConverseStream => "/model/converse-stream",
            Self::Invoke => "/model/invoke",
            Self::InvokeStream => "/model/invoke-with-response-stream",
        }
    }

    pub(crate) const fn wire(self) -> Wire {
        match self {
            Self::Chat | Self::Responses | Self::Embeddings | Self::Completions | Self::Compact => {
                Wire::OpenAi
            }
            Self::Messages => Wire::Anthropic,
            Self::GenerateContent | Self::StreamContent | Self::EmbedContent | Self::BatchEmbed => {
                Wire::Gemini
            }
            Self::Converse | Self::ConverseStream | Self::Invoke | Self::InvokeStream => Wire::Bedrock,
        }
    }

    /// Whether the request asks for a stream.
    pub(crate) fn is_stream(self, body: &Value) -> bool {
        match self {
            Self::Chat | Self::Responses | Self::Completions | Self::Messages => body["stream"] == true,
            Self::StreamContent | Self::ConverseStream | Self::InvokeStream => true,
            _ => false,
        }
    }

    /// The usage object in this endpoint's format; null where errors never have one.
    pub(crate) fn usage(self, usage: &Usage) -> Value {
        match self {
            Self::Chat => usage.chat(),
            Self::Responses | Self::Compact => usage.responses(),
            Self::Embeddings => usage.embeddings(),
            Self::Completions => legacy(usage.chat()),
            _ => Value::Null,
        }
    }
}

/// Legacy completions report totals alone.
fn legacy(mut usage: Value) -> Value {
    if let Some(members) = usage.as_object_mut() {
        members.retain(|name, _| !name.ends_with("_details"));
    }
    usage
}
