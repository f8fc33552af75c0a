//! What calls of each provider look like in the ledger: endpoint, client, token buckets and the usage as reported.

use domain::provider::Provider;
use domain::usage::Usage;
use fastrand::Rng;

use crate::random::{float, is_one_in, whole};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    OpenAi,
    Anthropic,
    Google,
}

impl Vendor {
    pub(crate) const fn provider(self) -> Provider {
        match self {
            Self::OpenAi => Provider::OPENAI,
            Self::Anthropic => Provider::ANTHROPIC,
            Self::Google => Provider::GOOGLE,
        }
    }

    pub(crate) const fn endpoint(self, is_embedding: bool) -> &'static str {
        match self {
            Self::OpenAi if is_embedding => "embeddings",
            Self::OpenAi => "chat.completions",
            Self::Anthropic => "messages",
            Self::Google => "models.generate_content",
        }
    }

    pub(crate) const fn sdk(self, is_browser: bool) -> &'static str {
        match self {
            Self::OpenAi if is_browser => "js/6.10.0",
            Self::OpenAi => "python/2.8.1",
            Self::Anthropic => "python/0.88.0",
            Self::Google => "google-genai-sdk/1.52.0",
        }
    }

    pub(crate) fn request_id(self, number: u128) -> String {
        match self {
            Self::OpenAi => format!("req_{number:032x}"),
            Self::Anthropic => format!("req_011C{:020x}", number >> 48),
            Self::Google => format!("{:022x}", number >> 40),
        }
    }

    /// Divides the input of a call, some of which may be in the cache. Calls with less are never cached.
    pub(crate) fn divide_input(self, rng: &mut Rng, usage: &mut Usage, may_be_cached: bool) {
        const LEAST_CACHED: i64 = 1024;
        let share = |share: f64| blocks(float(usage.input_tokens) * share);
        if usage.input_tokens > LEAST_CACHED && may_be_cached {
            match self {
                Self::OpenAi if is_one_in(rng, 0.5) => usage.cached_tokens = share(0.6),
                // A conversation writes what its next turn reads; the system prompt is kept for an hour.
                Self::Anthropic if is_one_in(rng, 0.75) => {
                    (usage.cached_tokens, usage.cache_write_tokens) = (share(0.7), share(0.2));
                }
                Self::Anthropic => usage.cache_write_long_tokens = share(0.5),
                Self::Google if is_one_in(rng, 0.4) => usage.cached_tokens = share(0.5),
                Self::OpenAi | Self::Google => {}
            }
        }
    }

    /// The share of the output that is thoughts.
    pub(crate) fn reasoning(self, model: &str) -> f64 {
        match self {
            Self::OpenAi if model.starts_with("gpt-5") || model.starts_with("o4") => 0.6,
            Self::Google => 0.3,
            Self::OpenAi | Self::Anthropic => 0.0,
        }
    }

    /// As JSON, in the provider's own words.
    pub(crate) fn raw_usage(self, usage: &Usage) -> String {
        let Usage { input_tokens: input, cached_tokens: cached, output_tokens: output, .. } = *usage;
        let (thoughts, total) = (usage.reasoning_tokens, usage.total_tokens());
        match self {
            Self::OpenAi => format!(
                r#"{{"prompt_tokens":{input},"completion_tokens":{output},"total_tokens":{total},"prompt_tokens_details":{{"cached_tokens":{cached},"audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":{thoughts},"audio_tokens":0}}}}"#
            ),
            Self::Anthropic => {
                let (short, long) = (usage.cache_write_tokens, usage.cache_write_long_tokens);
                let (plain, written) = (usage.uncached_tokens(), short + long);
                format!(
                    r#"{{"input_tokens":{plain},"cache_creation_input_tokens":{written},"cache_read_input_tokens":{cached},"cache_creation":{{"ephemeral_5m_input_tokens":{short},"ephemeral_1h_input_tokens":{long}}},"output_tokens":{output}}}"#
                )
            }
            Self::Google => {
                let shown = output - thoughts;
                format!(
                    r#"{{"promptTokenCount":{input},"cachedContentTokenCount":{cached},"candidatesTokenCount":{shown},"thoughtsTokenCount":{thoughts},"totalTokenCount":{total}}}"#
                )
            }
        }
    }
}

/// A cache holds whole blocks of this many tokens.
const CACHE_BLOCK: i64 = 128;

pub(crate) fn blocks(tokens: f64) -> i64 {
    whole((tokens / float(CACHE_BLOCK)).floor()) * CACHE_BLOCK
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn usage_is_consistent_and_reported_in_full() {
        let mut rng = Rng::with_seed(1);
        for vendor in [Vendor::OpenAi, Vendor::Anthropic, Vendor::Google] {
            for input_tokens in [1, 1024, 1025, 24_000, 900_000] {
                let mut usage =
                    Usage { input_tokens, output_tokens: 40, reasoning_tokens: 12, ..Usage::default() };
                vendor.divide_input(&mut rng, &mut usage, true);
                assert!(usage.is_consistent() && usage.uncached_tokens() >= 0, "{usage:?}");
                let raw: Value = serde_json::from_str(&vendor.raw_usage(&usage)).unwrap();
                let sum = |names: &[&str]| names.iter().map(|name| raw[name].as_i64().unwrap()).sum::<i64>();
                let total = match vendor {
                    Vendor::OpenAi => sum(&["prompt_tokens", "completion_tokens"]),
                    Vendor::Google => {
                        sum(&["promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount"])
                    }
                    Vendor::Anthropic => sum(&[
                        "input_tokens",
                        "cache_creation_input_tokens",
                        "cache_read_input_tokens",
                        "output_tokens",
                    ]),
                };
                assert_eq!(total, usage.total_tokens(), "{vendor:?} {raw}");
            }
        }
    }
}
