//! The provider's own usage and costs of a day, as its organization endpoints report them.

use serde::Deserialize;

use crate::money::PicoUsdSum;

/// Which of the provider's endpoints a line of usage counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageKind {
    Completions,
    Embeddings,
}

impl UsageKind {
    pub const ALL: [Self; 2] = [Self::Completions, Self::Embeddings];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completions => "completions",
            Self::Embeddings => "embeddings",
        }
    }
}

/// What one model, key and tier used on a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProviderUsage {
    pub model: Option<String>,
    pub project_id: Option<String>,
    pub api_key_id: Option<String>,
    pub service_tier: Option<String>,
    #[serde(rename = "num_model_requests", default)]
    pub requests: i64,
    /// Cached ones and those written to the cache are among them.
    #[serde(default)]
    pub input_tokens: i64,
    #[serde(rename = "input_cached_tokens", default)]
    pub cached_tokens: i64,
    #[serde(rename = "input_cache_write_tokens", default)]
    pub cache_write_tokens: i64,
    #[serde(rename = "input_audio_tokens", default)]
    pub audio_input_tokens: i64,
    #[serde(default)]
    pub output_tokens: i64,
    #[serde(rename = "output_audio_tokens", default)]
    pub audio_output_tokens: i64,
}

/// What one line of the bill came to on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCost {
    /// As `gpt-4o-2024-08-06, cached input`.
    pub line_item: Option<String>,
    pub project_id: Option<String>,
    pub amount: PicoUsdSum,
}
