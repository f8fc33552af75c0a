//! Token counts and the usage objects that report them.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fault::Fault;

/// Token counts of one or several calls. Input includes cached and cache-write tokens, output includes reasoning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: u64,
    pub cached_tokens: u64,
    pub cache_write_tokens: u64,
    /// Written to the cache for an hour; `cache_write_tokens` has the others.
    pub cache_write_long_tokens: u64,
    /// Uncached audio. Cached audio of OpenAI is counted here and in `cached_tokens`, that of Gemini on its own.
    pub input_audio_tokens: u64,
    pub cached_audio_tokens: u64,
    pub output_tokens: u64,
    pub reasoning_tokens: u64,
    pub output_audio_tokens: u64,
    pub image_output_tokens: u64,
    pub accepted_prediction_tokens: u64,
    pub rejected_prediction_tokens: u64,
    /// Searches that the provider made, which are charged beside the tokens.
    pub web_search_requests: u64,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.cached_tokens += other.cached_tokens;
        self.cache_write_tokens += other.cache_write_tokens;
        self.cache_write_long_tokens += other.cache_write_long_tokens;
        self.input_audio_tokens += other.input_audio_tokens;
        self.cached_audio_tokens += other.cached_audio_tokens;
        self.output_tokens += other.output_tokens;
        self.reasoning_tokens += other.reasoning_tokens;
        self.output_audio_tokens += other.output_audio_tokens;
        self.image_output_tokens += other.image_output_tokens;
        self.accepted_prediction_tokens += other.accepted_prediction_tokens;
        self.rejected_prediction_tokens += other.rejected_prediction_tokens;
        self.web_search_requests += other.web_search_requests;
    }
}

impl Usage {
    /// Input and output tokens.
    pub fn total_tokens(&self) -> u64 {
        self.input_tokens + self.output_tokens
    }

    /// The counts of a faulty provider: no bucket fits into its total.
    pub(crate) fn falsified_by(mut self, fault: Option<Fault>) -> Self {
        if fault == Some(Fault::WrongUsage) {
            self.cached_tokens = self.input_tokens + 5;
            self.cache_write_tokens = self.input_tokens + 3;
            self.reasoning_tokens = self.output_tokens + 7;
        }
        self
    }

    /// Input that the cache had no part in.
    pub(crate) fn uncached_tokens(&self) -> u64 {
        let cache = self.cached_tokens + self.cache_write_tokens + self.cache_write_long_tokens;
        self.input_tokens.saturating_sub(cache)
    }

    fn sent_total(&self) -> u64 {
        // Only a falsified count has more cached than input.
        if self.cached_tokens > self.input_tokens { self.total_tokens() + 11 } else { self.total_tokens() }
    }

    /// The usage after the first `output_tokens` tokens.
    pub(crate) fn so_far(mut self, output_tokens: u64) -> Self {
        self.output_tokens = self.output_tokens.min(output_tokens);
        self.reasoning_tokens = self.reasoning_tokens.min(output_tokens);
        self
    }

    pub(crate) fn chat(&self) -> Value {
        json!({
            "prompt_tokens": self.input_tokens,
            "completion_tokens": self.output_tokens,
            "total_tokens": self.sent_total(),
            "prompt_tokens_details": {
                "cached_tokens": self.cached_tokens,
                "cache_write_tokens": self.cache_write_tokens,
                "audio_tokens": self.input_audio_tokens,
            },
            "completion_tokens_details": {
                "reasoning_tokens": self.reasoning_tokens,
                "audio_tokens": self.output_audio_tokens,
                "accepted_prediction_tokens": self.accepted_prediction_tokens,
                "rejected_prediction_tokens": self.rejected_prediction_tokens,
            },
        })
    }

    /// As Groq writes it.
    pub(crate) fn groq(&self) -> Value {
        json!({
            "queue_time": 0.018,
            "prompt_tokens": self.input_tokens,
            "prompt_time": 0.002,
            "completion_tokens": self.output_tokens,
            "completion_time": 0.04,
            "total_tokens": self.sent_total(),
            "total_time": 0.042,
            "prompt_tokens_details": { "cached_tokens": self.cached_tokens },
        })
    }

    pub(crate) fn responses(&self) -> Value {
        json!({
            "input_tokens": self.input_tokens,
            "input_tokens_details": {
                "cached_tokens": self.cached_tokens,
                "cache_write_tokens": self.cache_write_tokens,
            },
            "output_tokens": self.output_tokens,
            "output_tokens_details": { "reasoning_tokens": self.reasoning_tokens },
            "total_tokens": self.sent_total(),
        })
    }

    pub(crate) fn embeddings(&self) -> Value {
        json!({ "prompt_tokens": self.input_tokens, "total_tokens": self.sent_total() })
    }
}
