//! The routes of calls, and what each says about its calls.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// The route a call came in by, which decides the wire format it has at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, VariantArray)]
pub enum Endpoint {
    /// Our own JSON to callers, a chat completion to the provider.
    #[strum(serialize = "llm.chat")]
    LlmChat,
    #[strum(serialize = "chat.completions")]
    ChatCompletions,
    #[strum(serialize = "responses")]
    Responses,
    #[strum(serialize = "embeddings")]
    Embeddings,
    /// Text in, text out: the predecessor of chat completions.
    #[strum(serialize = "completions")]
    Completions,
    #[strum(serialize = "responses.compact")]
    ResponsesCompact,
    #[strum(serialize = "responses.input_tokens")]
    ResponsesInputTokens,
    #[strum(serialize = "moderations")]
    Moderations,
    #[strum(serialize = "responses.retrieve")]
    ResponsesRetrieve,
    #[strum(serialize = "responses.delete")]
    ResponsesDelete,
    #[strum(serialize = "responses.cancel")]
    ResponsesCancel,
    #[strum(serialize = "responses.input_items")]
    ResponsesInputItems,
    /// Of Anthropic.
    #[strum(serialize = "messages")]
    Messages,
    #[strum(serialize = "messages.count_tokens")]
    MessagesCountTokens,
    /// Of Gemini, as are those below.
    #[strum(serialize = "models.generate_content")]
    GenerateContent,
    #[strum(serialize = "models.embed_content")]
    EmbedContent,
    #[strum(serialize = "models.batch_embed_contents")]
    BatchEmbedContents,
    #[strum(serialize = "models.count_tokens")]
    CountTokens,
    /// Of Amazon Bedrock, as are those below: one format for the models of all vendors.
    #[strum(serialize = "bedrock.converse")]
    Converse,
    /// A body in the format of the model's vendor.
    #[strum(serialize = "bedrock.invoke")]
    InvokeModel,
    #[strum(serialize = "bedrock.count_tokens")]
    BedrockCountTokens,
}

/// A provider's format of requests, responses, events and errors. Several providers may speak one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Wire {
    OpenAi,
    Anthropic,
    /// Google's Gemini API, which names the model and the method in the path.
    Gemini,
    /// Amazon Bedrock's runtime, which names them in the path too. Its streams are binary messages.
    Bedrock,
}

impl Endpoint {
    /// The format that the provider is spoken to in.
    pub const fn wire(self) -> Wire {
        match self {
            Self::Messages | Self::MessagesCountTokens => Wire::Anthropic,
            Self::GenerateContent | Self::EmbedContent | Self::BatchEmbedContents | Self::CountTokens => {
                Wire::Gemini
            }
            Self::Converse | Self::InvokeModel | Self::BedrockCountTokens => Wire::Bedrock,
            Self::LlmChat
            | Self::ChatCompletions
            | Self::Responses
            | Self::Embeddings
            | Self::Completions
            | Self::ResponsesCompact
            | Self::ResponsesInputTokens
            | Self::Moderations
            | Self::ResponsesRetrieve
            | Self::ResponsesDelete
            | Self::ResponsesCancel
            | Self::ResponsesInputItems => Wire::OpenAi,
        }
    }

    /// The provider's path for such calls, below its base URL; of a stored response, what stands before its id. The paths
    /// of Gemini and Bedrock name the model of a request: this is their end, the method.
    pub const fn upstream_path(self) -> &'static str {
        match self {
            Self::LlmChat | Self::ChatCompletions => "/chat/completions",
            Self::Responses
            | Self::ResponsesRetrieve
            | Self::ResponsesDelete
            | Self::ResponsesCancel
            | Self::ResponsesInputItems => "/responses",
            Self::Embeddings => "/embeddings",
            Self::Completions => "/completions",
            Self::ResponsesCompact => "/responses/compact",
            Self::ResponsesInputTokens => "/responses/input_tokens",
            Self::Moderations => "/moderations",
            Self::Messages => "/v1/messages",
            Self::MessagesCountTokens => "/v1/messages/count_tokens",
            Self::GenerateContent => ":generateContent",
            Self::EmbedContent => ":embedContent",
            Self::BatchEmbedContents => ":batchEmbedContents",
            Self::CountTokens => ":countTokens",
            Self::Converse => "/converse",
            Self::InvokeModel => "/invoke",
            Self::BedrockCountTokens => "/count-tokens",
        }
    }

    /// Whether the call is a chat completion to the provider.
    pub const fn is_chat_completion(self) -> bool {
        matches!(self, Self::LlmChat | Self::ChatCompletions)
    }

    /// Whether input and streams have the format of Responses.
    pub const fn is_responses(self) -> bool {
        matches!(self, Self::Responses | Self::ResponsesCompact | Self::ResponsesInputTokens)
            || self.is_of_stored_response()
    }

    /// Whether a success is a response object, or a stream of one.
    pub const fn returns_response(self) -> bool {
        matches!(self, Self::Responses | Self::ResponsesRetrieve | Self::ResponsesCancel)
    }

    /// Whether the provider may store what it returns, under ids by which it can be used again.
    pub const fn makes_objects(self) -> bool {
        matches!(self, Self::ResponsesCompact) || self.returns_response()
    }

    /// Whether the call is about a response that the provider has stored.
    pub const fn is_of_stored_response(self) -> bool {
        matches!(
            self,
            Self::ResponsesRetrieve
                | Self::ResponsesDelete
                | Self::ResponsesCancel
                | Self::ResponsesInputItems
        )
    }

    /// Whether the provider charges nothing: such calls are in the ledger without tokens, at cost 0.
    pub const fn is_free(self) -> bool {
        matches!(
            self,
            Self::ResponsesInputTokens
                | Self::Moderations
                | Self::MessagesCountTokens
                | Self::CountTokens
                | Self::BedrockCountTokens
        ) || self.is_of_stored_response()
    }

    /// Whether answers have output that is billed.
    pub const fn has_output(self) -> bool {
        !self.is_embedding() && !self.is_free()
    }

    /// Whether texts are turned into vectors.
    pub const fn is_embedding(self) -> bool {
        matches!(self, Self::Embeddings | Self::EmbedContent | Self::BatchEmbedContents)
    }

    /// Whether streams report their usage only if `stream_options` ask for it.
    pub const fn has_stream_options(self) -> bool {
        self.is_chat_completion() || matches!(self, Self::Completions)
    }

    /// The model that the provider takes if a request names none.
    pub const fn default_model(self) -> Option<&'static str> {
        match self {
            Self::Moderations => Some("omni-moderation-latest"),
            _ => None,
        }
    }
}
