//! The metered endpoints.

use serde_json::Value;

use crate::usage::Usage;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Chat,
    Responses,
    Embeddings,
}

impl Endpoint {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Embeddings => "/v1/embeddings",
        }
    }

    pub(crate) const fn streams(self) -> bool {
        !matches!(self, Self::Embeddings)
    }

    /// The usage object in this endpoint's format.
    pub(crate) fn usage(self, usage: &Usage) -> Value {
        match self {
            Self::Chat => usage.chat(),
            Self::Responses => usage.responses(),
            Self::Embeddings => usage.embeddings(),
        }
    }
}
