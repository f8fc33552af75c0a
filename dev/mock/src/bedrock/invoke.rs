//! An Invoke: Claude's messages, vectors, or text in the format of a vendor who reports tokens in headers alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::anthropic;
use crate::errors::InvalidRequest;
use crate::fault::Fault;
use crate::output::{self, OutputShape};
use crate::prompt::{Prompt, words};
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody, SseEvent};
use crate::usage::Usage;
use crate::vector;

const METRICS: &str = "amazon-bedrock-invocationMetrics";

pub(crate) fn answer(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    if request.body["anthropic_version"].is_string() {
        return claude(request);
    }
    if request.served_model.contains("embed") {
        return Ok(embed(request));
    }
    let Some(prompt) = request.body["prompt"].as_str().or(request.body["inputText"].as_str()) else {
        return Err(InvalidRequest::new(
            "Malformed input request, please reformat your input and try again.",
        ));
    };
    let tokens = request.behaviour.prompt_tokens.unwrap_or_else(|| words(prompt));
    let cap = ["max_gen_len", "max_tokens"].iter().find_map(|name| request.body[*name].as_u64());
    let prompt = Prompt { tokens, audio: 0 };
    let output = output::plan(prompt, 1, cap, &OutputShape::Text, &request.behaviour);
    let pieces = output.choices.iter().flat_map(|choice| choice.parts.concat());
    let body = if request.stream {
        let mut chunks: Vec<SseEvent> =
            pieces.map(|piece| chunk(&json!({ "generation": piece, "stop_reason": null }), false)).collect();
        let mut last = json!({ "generation": "", "stop_reason": "stop" });
        let has_usage = request.fault() != Some(Fault::NoUsage);
        if has_usage {
            last[METRICS] = metrics(&output.usage);
        }
        chunks.push(chunk(&last, has_usage));
        ResponseBody::Messages(chunks)
    } else {
        ResponseBody::Json(json!({ "generation": pieces.collect::<String>(), "stop_reason": "stop" }))
    };
    Ok(EndpointResponse::new(Some(output.usage), body))
}

/// A message, or its events in chunks, the last of them with the metrics.
fn claude(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    let mut answer = anthropic::answer(request)?;
    let usage = answer.usage.unwrap_or_default();
    let has_usage = request.fault() != Some(Fault::NoUsage);
    answer.body = match answer.body {
        ResponseBody::Events(events) => {
            let events = events.into_iter().map(|event| {
                let mut data: Value = serde_json::from_str(&event.data).unwrap_or_default();
                if data["type"] == "message_stop" && has_usage {
                    data[METRICS] = metrics(&usage);
                }
                chunk(&data, event.reports_usage)
            });
            ResponseBody::Messages(events.collect())
        }
        body => body,
    };
    Ok(answer)
}

fn embed(request: &ModelRequest) -> EndpointResponse {
    let text = request.body["inputText"].as_str().unwrap_or_default();
    let input_tokens = request.behaviour.prompt_tokens.unwrap_or_else(|| words(text).max(1));
    let usage = Usage { input_tokens, ..Usage::default() };
    let body = json!({ "embedding": vector::of(&json!(text), 8), "inputTextTokenCount": input_tokens });
    EndpointResponse::new(Some(usage), ResponseBody::Json(body))
}

fn metrics(usage: &Usage) -> Value {
    json!({
        "inputTokenCount": usage.uncached_tokens(),
        "outputTokenCount": usage.output_tokens,
        "cacheReadInputTokenCount": usage.cached_tokens,
        "cacheWriteInputTokenCount": usage.cache_write_tokens + usage.cache_write_long_tokens,
        "invocationLatency": 7,
        "firstByteLatency": 3,
    })
}

/// The headers of a plain answer. One without text has no output.
pub(crate) fn usage_headers(usage: &Usage) -> Vec<(&'static str, u64)> {
    let all = [
        ("x-amzn-bedrock-input-token-count", usage.uncached_tokens()),
        ("x-amzn-bedrock-output-token-count", usage.output_tokens),
        ("x-amzn-bedrock-cache-read-input-token-count", usage.cached_tokens),
        (
            "x-amzn-bedrock-cache-write-input-token-count",
            usage.cache_write_tokens + usage.cache_write_long_tokens,
        ),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn chunk(data: &Value, reports_usage: bool) -> SseEvent {
    let payload = json!({ "bytes": STANDARD.encode(data.to_string()), "p": "abcdefgh" });
    SseEvent { reports_usage, ..SseEvent::new(Some("chunk"), payload.to_string()) }
}
