//! How a request steers its own answer: parameters read from model suffix, metadata and headers.

use std::time::Duration;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::Fault;

/// A parameter the mock does not know, or a value it cannot read: answered with 400, so a typo in a test shows.
#[derive(Debug)]
pub struct BadParameter(pub String);

macro_rules! parameters {
    ($($name:ident: $kind:ty, $about:literal;)*) => {
        /// Everything a request, or a scripted step, may ask for. Nothing set: a normal answer at once.
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

            /// What `stronger` sets wins over what is here.
            pub(crate) fn overlay(&mut self, stronger: Self) {
                $(if stronger.$name.is_some() { self.$name = stronger.$name; })*
            }
        }
    };
}

parameters! {
    fault: Fault, "one of the faults";
    fail_times: u32, "the fault hits only the first N attempts of a call (same tag, else same body)";
    latency_ms: u64, "time before the first byte";
    chunk_delay_ms: u64, "time between the events of a stream";
    stamped: bool, "before each event of a stream a comment `: sent N`, the clock's microseconds since 1970";
    retry_after: String, "the retry-after header of a refusal, as it stands";
    retry_after_ms: String, "the retry-after-ms header of a refusal, as it stands";
    size_bytes: usize, "length of the text of a `big` answer";
    prompt_tokens: u64, "input tokens, in place of the count";
    completion_tokens: u64, "output tokens of each choice, in place of 8 + input / 4 (at most 256)";
    cached_tokens: u64, "input tokens read from the cache";
    cache_write_tokens: u64, "input tokens written to the cache";
    reasoning_tokens: u64, "hidden output tokens, once per call, inside the output bound";
    input_audio_tokens: u64, "audio part of the input";
    output_audio_tokens: u64, "audio part of the output";
    accepted_prediction_tokens: u64, "accepted part of a prediction";
    rejected_prediction_tokens: u64, "rejected part of a prediction";
    refused_usage: bool, "a refusal reports `prompt_tokens` and `completion_tokens` as its usage";
    page_buckets: usize, "the most buckets of a page of usage or costs";
    served_model: String, "the model the answer names";
    service_tier: String, "the tier the answer names";
    tag: String, "the name of the call in the counters, else the x-client-request-id header";
}

impl From<Fault> for Behaviour {
    fn from(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }
}

impl Behaviour {
    /// Reads what a request asks for, weakest source first: model name, model suffix, metadata, headers.
    pub(crate) fn read(model: &str, body: &Value, headers: &HeaderMap) -> Result<Self, BadParameter> {
        let mut wanted = Self::default();
        let (name, suffix) = split_model(model);
        if let Some(fault) = name.strip_prefix("mock-").and_then(|fault| fault.parse().ok()) {
            wanted.fault = Some(fault);
        }
        for pair in suffix.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| BadParameter(pair.to_owned()))?;
            wanted.set(name, value)?;
        }
        for (name, value) in body.get("metadata").and_then(Value::as_object).into_iter().flatten() {
            let Some(name) = name.strip_prefix("mock_") else { continue };
            match value {
                Value::String(text) => wanted.set(name, text)?,
                other => wanted.set(name, &other.to_string())?,
            }
        }
        if wanted.tag.is_none() {
            wanted.tag =
                headers.get("x-client-request-id").and_then(|id| id.to_str().ok()).map(ToOwned::to_owned);
        }
        for (name, value) in headers {
            let Some(name) = name.as_str().strip_prefix("x-mock-") else { continue };
            let value = value.to_str().map_err(|_| BadParameter(name.to_owned()))?;
            wanted.set(&name.replace('-', "_"), value)?;
        }
        Ok(wanted)
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
