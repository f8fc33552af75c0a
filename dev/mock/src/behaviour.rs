//! How a request controls its own response: parameters in the model suffix, metadata and headers.

use std::time::Duration;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::anthropic::{self, CacheSplit, Iterations};
use crate::fault::Fault;
use crate::usage_place::UsagePlace;

/// An unknown parameter or an unreadable value. It is a 400, so that a typo in a test is noticed.
#[derive(Debug)]
pub struct BadParameter(pub String);

macro_rules! parameters {
    ($($name:ident: $kind:ty, $about:literal;)*) => {
        /// Everything that a request or a script step can set. The default is a normal, immediate response.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Behaviour {
            $(#[doc = $about] pub $name: Option<$kind>,)*
        }

        impl Behaviour {
            /// Name and meaning of every parameter.
            pub const PARAMETERS: &'static [(&'static str, &'static str)] = &[$((stringify!($name), $about),)*];

            fn set(&mut self, name: &str, value: &str) -> Result<(), BadParameter> {
                match name {
                    $(stringify!($name) => {
                        let parsed = value.parse().map_err(|_| BadParameter(format!("{name}={value}")))?;
                        self.$name = Some(parsed);
                    })*
                    _ => return Err(BadParameter(name.to_owned())),
                }
                Ok(())
            }

            /// Values set in `overrides` replace those set here.
            pub(crate) fn overlay(&mut self, overrides: Self) {
                $(if overrides.$name.is_some() { self.$name = overrides.$name; })*
            }
        }
    };
}

parameters! {
    fault: Fault, "one of the faults listed above";
    fail_times: u32, "the fault affects only the first N attempts of a call (same tag, otherwise same body)";
    latency_ms: u64, "time before the first byte";
    chunk_delay_ms: u64, "time between the events of a stream";
    stamped: bool, "precede each event of a stream with a comment `: sent N`, in microseconds since 1970";
    retry_after: String, "verbatim retry-after header of an error response";
    retry_after_ms: String, "verbatim retry-after-ms header of an error response";
    size_bytes: usize, "text length of a `big` response";
    prompt_tokens: u64, "input tokens, instead of counting them";
    completion_tokens: u64, "output tokens of each choice, instead of 8 + input / 4 (at most 256)";
    cached_tokens: u64, "input tokens read from the cache";
    cache_write_tokens: u64, "input tokens written to the cache";
    cache_write_long_tokens: u64, "input tokens written to the cache for an hour (Anthropic)";
    cache_split: CacheSplit, "`cache_creation` of a message: `whole`, `short` of half the 5-minute writes, or `none`";
    usage_place: UsagePlace, "where the stream of a chat completion reports usage: `usage`, or `x_groq` as Groq's";
    late_input_tokens: u64, "input that only the end of a message's stream reports; default: what server tools found";
    late_cache_write_tokens: u64, "5-minute writes of a message that only the end of its stream reports";
    output_only_delta: bool, "the end of a message's stream reports its output alone";
    iterations: Iterations,
        "further steps of a message: `compaction:180000:3500,advisor:MODEL:823:1612,declined:MODEL:412:0`";
    speed: String, "the speed named in a message's usage; default: the requested one";
    inference_geo: String, "the geography named in a message's usage; default: the requested one, or `global`";
    reasoning_tokens: u64, "hidden output tokens, once per call, within the output bound";
    cached_audio_tokens: u64, "audio tokens read from the cache, beside the other cached ones (Gemini)";
    tool_prompt_tokens: u64, "results of server tools, beside the prompt (Gemini); default: 100 for each search";
    image_output_tokens: u64, "tokens of a picture in the output (Gemini)";
    input_audio_tokens: u64, "audio tokens within the input";
    output_audio_tokens: u64, "audio tokens within the output";
    accepted_prediction_tokens: u64, "accepted prediction tokens";
    rejected_prediction_tokens: u64, "rejected prediction tokens";
    tool_calls: usize, "calls to the caller's tools in one answer; default: the tools that the prompt names, or one";
    builtin_calls: usize, "calls to each built-in tool in one answer; default: one";
    background_polls: u32, "retrievals of a background response that find it in progress; default: none";
    refused_usage: bool, "an error response reports `prompt_tokens` and `completion_tokens` as its usage";
    page_buckets: usize, "maximum number of buckets per page of usage or costs";
    served_model: String, "the model named in the response";
    service_tier: String, "the tier named in the response";
    tag: String, "the call's name in the counters; default: Claude Code's session, or x-client-request-id";
}

impl From<Fault> for Behaviour {
    fn from(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }
}

impl Behaviour {
    /// Reads the parameters of a request. Later sources win: model name, model suffix, metadata, headers.
    pub(crate) fn read(model: &str, body: &Value, headers: &HeaderMap) -> Result<Self, BadParameter> {
        let mut behaviour = Self::default();
        let (name, suffix) = split_model(model);
        if let Some(fault) = name.strip_prefix("mock-").and_then(|fault| fault.parse().ok()) {
            behaviour.fault = Some(fault);
        }
        for pair in suffix.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| BadParameter(pair.to_owned()))?;
            behaviour.set(name, value)?;
        }
        let metadata = ["metadata", "requestMetadata"].iter().filter_map(|name| body.get(*name)?.as_object());
        for (name, value) in metadata.flatten() {
            let Some(name) = name.strip_prefix("mock_") else { continue };
            match value {
                Value::String(text) => behaviour.set(name, text)?,
                other => behaviour.set(name, &other.to_string())?,
            }
        }
        if behaviour.tag.is_none() {
            let id = || Some(headers.get("x-client-request-id")?.to_str().ok()?.to_owned());
            behaviour.tag = anthropic::session(body).or_else(id);
        }
        for (name, value) in headers {
            let Some(name) = name.as_str().strip_prefix("x-mock-") else { continue };
            let value = value.to_str().map_err(|_| BadParameter(name.to_owned()))?;
            behaviour.set(&name.replace('-', "_"), value)?;
        }
        Ok(behaviour)
    }

    pub(crate) fn latency(&self) -> Duration {
        let default_ms = if self.fault == Some(Fault::Slow) { 1_000 } else { 0 };
        Duration::from_millis(self.latency_ms.unwrap_or(default_ms))
    }

    pub(crate) fn chunk_delay(&self) -> Duration {
        let default_ms = if self.fault == Some(Fault::Slow) { 50 } else { 0 };
        Duration::from_millis(self.chunk_delay_ms.unwrap_or(default_ms))
    }
}

/// `gpt-4o?cached_tokens=7` is the model `gpt-4o` and its parameters.
pub(crate) fn split_model(model: &str) -> (&str, &str) {
    model.split_once('?').unwrap_or((model, ""))
}
