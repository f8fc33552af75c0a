//! A completion as the chunks of a stream.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::completion::{Completion, finish_reason, opened_call};
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::output::{Output, OutputChoice, OutputShape};
use crate::response::SseEvent;
use crate::tools::ToolCall;
use crate::usage::Usage;
use crate::usage_place::UsagePlace;

impl Completion<'_> {
    /// Choices are interleaved, as in the provider's streams.
    pub(super) fn chunks(&self, output: &Output) -> Vec<SseEvent> {
        let fault = self.request.fault();
        let has_usage = fault != Some(Fault::NoUsage);
        let is_groq = self.request.behaviour.usage_place == Some(UsagePlace::XGroq);
        let usage_requested =
            self.request.body["stream_options"]["include_usage"] == true && has_usage && !is_groq;
        let usage = output.usage.falsified_by(fault);
        let mut events = Vec::new();
        for index in 0..output.choices.len() {
            let event = self.delta(index, self.opening(), None, usage_requested);
            events.push(if is_groq && index == 0 { self.of_groq(event, None) } else { event });
        }
        let deltas: Vec<Vec<Delta>> = output.choices.iter().map(|choice| self.deltas(choice)).collect();
        let longest = deltas.iter().map(Vec::len).max().unwrap_or(0);
        let mut sent = 0;
        for step in 0..longest {
            for (index, deltas) in deltas.iter().enumerate() {
                let Some(delta) = deltas.get(step) else { continue };
                sent += u64::from(delta.is_token);
                let mut event = self.delta(index, delta.value.clone(), None, usage_requested);
                if delta.is_token && usage_requested && fault == Some(Fault::CumulativeUsage) {
                    event = self.usage_chunk(
                        json!([Self::choice(index, delta.value.clone(), None)]),
                        usage.so_far(sent),
                    );
                }
                events.push(event);
            }
        }
        if fault == Some(Fault::ResponseFailed) {
            events.push(SseEvent::error(Endpoint::Chat, 0));
            return events;
        }
        for (index, choice) in output.choices.iter().enumerate() {
            events.push(self.delta(index, json!({}), Some(finish_reason(choice.finish)), usage_requested));
        }
        if usage_requested {
            events.extend(self.closing_usage(usage));
        }
        if is_groq && has_usage {
            let last = events.pop().map(|last| self.of_groq(last, Some(usage)));
            events.extend(last);
        }
        events.push(SseEvent::new(None, "[DONE]".to_owned()));
        events
    }

    fn closing_usage(&self, usage: Usage) -> Vec<SseEvent> {
        match self.request.fault() {
            Some(Fault::UsageOnChoiceChunk) => {
                vec![self.usage_chunk(json!([{ "index": 0, "delta": {} }]), usage)]
            }
            Some(Fault::UsageAfterFinish) => {
                let mut moderation = self.envelope(json!([]));
                moderation.insert("moderation".to_owned(), json!({ "flagged": false }));
                moderation.insert("usage".to_owned(), Value::Null);
                let mut late = self.usage_chunk(json!([]), usage);
                late.pause = Duration::from_millis(20);
                vec![SseEvent::new(None, Value::Object(moderation).to_string()), late]
            }
            _ => vec![self.usage_chunk(json!([]), usage)],
        }
    }

    /// With what Groq adds to the first chunk, and with the usage to the last one.
    fn of_groq(&self, mut event: SseEvent, usage: Option<Usage>) -> SseEvent {
        let mut chunk: Value = serde_json::from_str(&event.data).unwrap_or_default();
        chunk["x_groq"] = json!({ "id": format!("req_{}", self.id) });
        if let Some(usage) = usage {
            chunk["x_groq"]["usage"] = usage.groq();
            event.reports_usage = true;
        }
        event.data = chunk.to_string();
        event
    }

    fn opening(&self) -> Value {
        match self.shape {
            OutputShape::Calls(calls) => {
                let first: Vec<Value> =
                    calls.iter().take(1).map(|call| indexed(0, opened_call(call, ""))).collect();
                json!({ "role": "assistant", "content": null, "tool_calls": first, "refusal": null })
            }
            _ => json!({ "role": "assistant", "content": "", "refusal": null }),
        }
    }

    /// Everything after the opening: the pieces of each part, and the names of all calls but the first.
    fn deltas(&self, choice: &OutputChoice) -> Vec<Delta> {
        let mut deltas = Vec::new();
        for (index, pieces) in choice.parts.iter().enumerate() {
            let call = match self.shape {
                OutputShape::Calls(calls) => calls.get(index),
                _ => None,
            };
            if let Some(call) = call.filter(|_| index > 0) {
                let opened = indexed(index, opened_call(call, ""));
                deltas.push(Delta { value: json!({ "tool_calls": [opened] }), is_token: false });
            }
            deltas
                .extend(pieces.iter().map(|text| Delta { value: piece(call, index, text), is_token: true }));
        }
        if !self.request.body["web_search_options"].is_null() {
            deltas.push(Delta { value: json!({ "annotations": self.annotations() }), is_token: false });
        }
        deltas
    }

    fn choice(index: usize, delta: Value, finish: Option<&str>) -> Value {
        json!({ "index": index, "delta": delta, "logprobs": null, "finish_reason": finish })
    }

    fn envelope(&self, choices: Value) -> Map<String, Value> {
        let mut chunk = Map::new();
        chunk.insert("id".to_owned(), json!(self.id));
        chunk.insert("object".to_owned(), json!("chat.completion.chunk"));
        chunk.insert("created".to_owned(), json!(self.request.created));
        chunk.insert("model".to_owned(), json!(self.request.served_model));
        chunk.insert("service_tier".to_owned(), json!(self.request.service_tier));
        chunk.insert("system_fingerprint".to_owned(), json!("fp_mock"));
        chunk.insert("choices".to_owned(), choices);
        chunk
    }

    /// `usage` is null if it was requested, and absent otherwise.
    fn delta(&self, index: usize, delta: Value, finish: Option<&str>, usage_requested: bool) -> SseEvent {
        let padding = obfuscation(&delta);
        let mut chunk = self.envelope(json!([Self::choice(index, delta, finish)]));
        if usage_requested {
            chunk.insert("usage".to_owned(), Value::Null);
        }
        if self.request.body["stream_options"]["include_obfuscation"] != false {
            chunk.insert("obfuscation".to_owned(), json!(padding));
        }
        SseEvent::new(None, Value::Object(chunk).to_string())
    }

    fn usage_chunk(&self, choices: Value, usage: Usage) -> SseEvent {
        let mut chunk = self.envelope(choices);
        chunk.insert("usage".to_owned(), usage.chat());
        let mut event = SseEvent::new(None, Value::Object(chunk).to_string());
        event.reports_usage = true;
        event
    }
}

struct Delta {
    value: Value,
    /// Whether it carries a token, rather than the start of something.
    is_token: bool,
}

fn indexed(index: usize, mut call: Value) -> Value {
    call["index"] = json!(index);
    call
}

fn piece(call: Option<&ToolCall>, index: usize, text: &str) -> Value {
    match call {
        None => json!({ "content": text }),
        Some(call) if call.is_custom => {
            json!({ "tool_calls": [{ "index": index, "custom": { "input": text } }] })
        }
        Some(_) => json!({ "tool_calls": [{ "index": index, "function": { "arguments": text } }] }),
    }
}

/// Padding that hides the length of a token, which the provider sends by default.
fn obfuscation(delta: &Value) -> &'static str {
    const PADDING: &str = "u8Kq2vXz0bTnLw";
    let length = delta["content"].as_str().map_or(0, str::len);
    &PADDING[length.min(PADDING.len() - 1)..]
}
