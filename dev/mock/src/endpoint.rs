//! The metered endpoints.

use serde_json::Value;

use crate::usage::Usage;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Chat,
    Responses,
    Embeddings,
    Completions,
    Compact,
}

impl Endpoint {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Embeddings => "/v1/embeddings",
            Self::Completions => "/v1/completions",
            Self::Compact => "/v1/responses/compact",
        }
    }

    pub(crate) const fn streams(self) -> bool {
        !matches!(self, Self::Embeddings | Self::Compact)
    }

    /// The usage object in this endpoint's format.
    pub(crate) fn usage(self, usage: &Usage) -> Value {
        match self {
            Self::Chat => usage.chat(),
            Self::Responses | Self::Compact => usage.responses(),
            Self::Embeddings => usage.embeddings(),
            Self::Completions => legacy(usage.chat()),
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
