//! Providers by name, and their own usage and costs of a day, as their organization endpoints report them.

mod name;

use serde::Deserialize;
use strum::{IntoStaticStr, VariantArray};

pub use name::{Provider, ProviderModel};

use crate::money::PicoUsdSum;

/// The provider endpoint that a line of usage is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum UsageKind {
    Completions,
    Embeddings,
    /// Anthropic's.
    Messages,
}

/// The usage of one model, key and tier on a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProviderUsage {
    pub model: Option<String>,
    pub project_id: Option<String>,
    pub api_key_id: Option<String>,
    pub service_tier: Option<String>,
    /// `None` if the provider counts tokens only.
    #[serde(rename = "num_model_requests")]
    pub requests: Option<i64>,
    /// Includes cached tokens and those written to the cache.
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

/// The cost of one line item on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCost {
    /// As `gpt-4o-2024-08-06, cached input`.
    pub line_item: Option<String>,
    pub project_id: Option<String>,
    pub amount: PicoUsdSum,
}
