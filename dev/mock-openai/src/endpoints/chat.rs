//! `POST /v1/chat/completions`, plain and as chunks.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::models;
use super::parameters::{count, shape};
use crate::ask::Ask;
use crate::endpoint::Endpoint;
use crate::errors::{self, Invalid};
use crate::fault::Fault;
use crate::mock::Mock;
use crate::output::{self, Choice, Finish, Output, Shape};
use crate::prompt::Prompt;
use crate::response::{Answer, Content, Event};
use crate::usage::Usage;

pub(crate) fn answer(mock: &Mock, ask: &Ask) -> Result<Answer, Invalid> {
    let body = &ask.body;
    if body["messages"].as_array().is_none_or(Vec::is_empty) {
        return Err(Invalid::missing("messages"));
    }
    if !ask.stream && !body["stream_options"].is_null() {
        return Err(Invalid::param(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            "stream_options",
            "invalid_request",
        ));
    }
    let n = count(body, "n", 1, 128)?.unwrap_or(1);
    let cap = match count(body, "max_completion_tokens", 1, u64::MAX)? {
        Some(cap) => Some(cap),
        None => count(body, "max_tokens", 1, u64::MAX)?,
    };
    if !body["max_tokens"].is_null() && models::is_reasoning(&ask.served_model) {
        return Err(Invalid::param(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
             'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        ));
    }
    let format = &body["response_format"];
    let shape = shape(body, format, &format["json_schema"]["schema"], |tool| &tool["function"]);
    let prompt = Prompt::of_chat(body, &ask.wanted);
    let output = output::plan(prompt, n, cap, &shape, &ask.wanted);
    let completion = Completion { id: mock.next_id("chatcmpl-"), mock, ask, shape: &shape };
    let content = match ask.fault() {
        _ if ask.stream => Content::Events(completion.chunks(&output)),
        Some(Fault::ResponseFailed) => {
            Content::Json(errors::object("The model failed to answer.", "server_error", None, None))
        }
        _ => Content::Json(completion.whole(&output)),
    };
    Ok(Answer { usage: Some(output.usage), body: content })
}

struct Completion<'a> {
    id: String,
    mock: &'a Mock,
    ask: &'a Ask,
    shape: &'a Shape,
}

fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
    }
}

impl Completion<'_> {
    fn whole(&self, output: &Output) -> Value {
        let choices: Vec<Value> = output
            .choices
            .iter()
            .enumerate()
            .map(|(index, choice)| {
                json!({
                    "index": index,
                    "message": self.message(choice),
                    "logprobs": null,
                    "finish_reason": finish_reason(choice.finish),
                })
            })
            .collect();
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.ask.created,
            "model": self.ask.served_model,
            "choices": choices,
            "usage": output.usage.falsified_by(self.ask.fault()).chat(),
            "service_tier": self.ask.service_tier,
            "system_fingerprint": "fp_mock",
        })
    }

    fn message(&self, choice: &Choice) -> Value {
        match self.shape {
            Shape::Call { name, .. } => json!({
                "role": "assistant",
                "content": null,
                "tool_calls": [{
                    "id": self.mock.next_id("call_"),
                    "type": "function",
                    "function": { "name": name, "arguments": choice.text() },
                }],
                "refusal": null,
                "annotations": [],
            }),
            _ => json!({
                "role": "assistant", "content": choice.text(), "refusal": null, "annotations": [],
            }),
        }
    }

    /// Choices take turns, as they do on the real wire.
    fn chunks(&self, output: &Output) -> Vec<Event> {
        let fault = self.ask.fault();
        let asked = self.ask.body["stream_options"]["include_usage"] == true && fault != Some(Fault::NoUsage);
        let usage = output.usage.falsified_by(fault);
        let mut events = Vec::new();
        for index in 0..output.choices.len() {
            events.push(self.delta(index, self.opening(), None, asked));
        }
        let longest = output.choices.iter().map(|choice| choice.pieces.len()).max().unwrap_or(0);
        let mut sent = 0;
        for piece in 0..longest {
            for (index, choice) in output.choices.iter().enumerate() {
                let Some(text) = choice.pieces.get(piece) else { continue };
                sent += 1;
                let mut event = self.delta(index, self.piece(text), None, asked);
                if asked && fault == Some(Fault::CumulativeUsage) {
                    event = self.usage_chunk(
                        json!([Self::choice(index, self.piece(text), None)]),
                        usage.so_far(sent),
                    );
                }
                events.push(event);
            }
        }
        if fault == Some(Fault::ResponseFailed) {
            events.push(Event::error(Endpoint::Chat, 0));
            return events;
        }
        for (index, choice) in output.choices.iter().enumerate() {
            events.push(self.delta(index, json!({}), Some(finish_reason(choice.finish)), asked));
        }
        if asked {
            events.extend(self.closing_usage(usage));
        }
        events.push(Event::new(None, "[DONE]".to_owned()));
        events
    }

    fn closing_usage(&self, usage: Usage) -> Vec<Event> {
        match self.ask.fault() {
            Some(Fault::UsageOnChoiceChunk) => {
                vec![self.usage_chunk(json!([{ "index": 0, "delta": {} }]), usage)]
            }
            Some(Fault::UsageAfterFinish) => {
                let mut moderation = self.envelope(json!([]));
                moderation.insert("moderation".to_owned(), json!({ "flagged": false }));
                moderation.insert("usage".to_owned(), Value::Null);
                let mut late = self.usage_chunk(json!([]), usage);
                late.pause = Duration::from_millis(20);
                vec![Event::new(None, Value::Object(moderation).to_string()), late]
            }
            _ => vec![self.usage_chunk(json!([]), usage)],
        }
    }

    fn opening(&self) -> Value {
        match self.shape {
            Shape::Call { name, .. } => json!({
                "role": "assistant",
                "content": null,
                "tool_calls": [{
                    "index": 0,
                    "id": self.mock.next_id("call_"),
                    "type": "function",
                    "function": { "name": name, "arguments": "" },
                }],
                "refusal": null,
            }),
            _ => json!({ "role": "assistant", "content": "", "refusal": null }),
        }
    }

    fn piece(&self, text: &str) -> Value {
        match self.shape {
            Shape::Call { .. } => {
                json!({ "tool_calls": [{ "index": 0, "function": { "arguments": text } }] })
            }
            _ => json!({ "content": text }),
        }
    }

    fn choice(index: usize, delta: Value, finish: Option<&str>) -> Value {
        json!({ "index": index, "delta": delta, "logprobs": null, "finish_reason": finish })
    }

    fn envelope(&self, choices: Value) -> Map<String, Value> {
        let mut chunk = Map::new();
        chunk.insert("id".to_owned(), json!(self.id));
        chunk.insert("object".to_owned(), json!("chat.completion.chunk"));
        chunk.insert("created".to_owned(), json!(self.ask.created));
        chunk.insert("model".to_owned(), json!(self.ask.served_model));
        chunk.insert("service_tier".to_owned(), json!(self.ask.service_tier));
        chunk.insert("system_fingerprint".to_owned(), json!("fp_mock"));
        chunk.insert("choices".to_owned(), choices);
        chunk
    }

    /// `usage` is null on these when it was asked for, and absent when not.
    fn delta(&self, index: usize, delta: Value, finish: Option<&str>, usage_asked: bool) -> Event {
        let padding = obfuscation(&delta);
        let mut chunk = self.envelope(json!([Self::choice(index, delta, finish)]));
        if usage_asked {
            chunk.insert("usage".to_owned(), Value::Null);
        }
        if self.ask.body["stream_options"]["include_obfuscation"] != false {
            chunk.insert("obfuscation".to_owned(), json!(padding));
        }
        Event::new(None, Value::Object(chunk).to_string())
    }

    fn usage_chunk(&self, choices: Value, usage: Usage) -> Event {
        let mut chunk = self.envelope(choices);
        chunk.insert("usage".to_owned(), usage.chat());
        let mut event = Event::new(None, Value::Object(chunk).to_string());
        event.reports_usage = true;
        event
    }
}

/// Padding that hides a token's length, as the provider sends it by default.
fn obfuscation(delta: &Value) -> &'static str {
    const PADDING: &str = "u8Kq2vXz0bTnLw";
    let length = delta["content"].as_str().map_or(0, str::len);
    &PADDING[length.min(PADDING.len() - 1)..]
}
