//! A Converse, in one piece or as events whose last one reports the usage.

use serde_json::{Value, json};

use super::{prompt, tools};
use crate::errors::InvalidRequest;
use crate::fault::Fault;
use crate::mock::Mock;
use crate::output::{self, FinishReason, OutputChoice, OutputShape};
use crate::prompt::Prompt;
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody, SseEvent};
use crate::usage::Usage;

pub(crate) fn answer(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    let body = &request.body;
    if body["messages"].as_array().is_none_or(Vec::is_empty) {
        return Err(InvalidRequest::new("A conversation must start with a user message."));
    }
    let calls = tools::calls(body, &request.behaviour);
    let shape = if calls.is_empty() { OutputShape::Text } else { OutputShape::Calls(calls) };
    let total = request.behaviour.prompt_tokens.unwrap_or_else(|| prompt::count(body));
    let cap = body["inferenceConfig"]["maxTokens"].as_u64();
    let mut output = output::plan(Prompt { tokens: total, audio: 0 }, 1, cap, &shape, &request.behaviour);
    let choice = output.choices.remove(0);
    let usage = usage(request, output.usage);
    let answer = Answer { request, shape: &shape, choice: &choice, usage };
    let content = if request.stream {
        ResponseBody::Messages(answer.events())
    } else {
        ResponseBody::Json(answer.whole())
    };
    Ok(EndpointResponse::new(Some(usage), content))
}

fn usage(request: &ModelRequest, planned: Usage) -> Usage {
    let long = request.behaviour.cache_write_long_tokens.unwrap_or(0);
    let cached = planned.cached_tokens + planned.cache_write_tokens + long;
    Usage { cache_write_long_tokens: long, input_tokens: planned.input_tokens.max(cached), ..planned }
}

/// The counts of a usage object. What the cache did is beside the input.
fn counts(usage: &Usage) -> Value {
    let written = usage.cache_write_tokens + usage.cache_write_long_tokens;
    let mut counts = json!({
        "inputTokens": usage.uncached_tokens(),
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.total_tokens(),
    });
    if usage.cached_tokens + written > 0 {
        counts["cacheReadInputTokens"] = json!(usage.cached_tokens);
        counts["cacheWriteInputTokens"] = json!(written);
    }
    let details = [("1h", usage.cache_write_long_tokens), ("5m", usage.cache_write_tokens)];
    let details: Vec<Value> = details
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(ttl, count)| json!({ "ttl": ttl, "inputTokens": count }))
        .collect();
    if !details.is_empty() {
        counts["cacheDetails"] = json!(details);
    }
    counts
}

struct Answer<'a> {
    request: &'a ModelRequest,
    shape: &'a OutputShape,
    choice: &'a OutputChoice,
    usage: Usage,
}

impl Answer<'_> {
    fn stop_reason(&self) -> &'static str {
        match self.choice.finish {
            FinishReason::Stop => "end_turn",
            FinishReason::Length => "max_tokens",
            FinishReason::ToolCalls => "tool_use",
        }
    }

    fn whole(&self) -> Value {
        let content: Vec<Value> = match self.shape {
            OutputShape::Calls(calls) => {
                let calls = calls.iter().zip(&self.choice.parts).map(|(call, pieces)| {
                    let input = serde_json::from_str::<Value>(&pieces.concat()).unwrap_or_else(|_| json!({}));
                    json!({ "toolUse": { "toolUseId": Mock::next_id("tooluse_"), "name": call.name, "input": input } })
                });
                calls.collect()
            }
            _ => vec![json!({ "text": self.choice.text() })],
        };
        let mut answer = json!({
            "output": { "message": { "role": "assistant", "content": content } },
            "stopReason": self.stop_reason(),
            "usage": counts(&self.usage),
            "metrics": { "latencyMs": 7 },
        });
        self.describe(&mut answer);
        answer
    }

    /// The tier and the latency that served it.
    fn describe(&self, answer: &mut Value) {
        match self.request.service_tier.as_str() {
            "default" => {}
            "optimized" => answer["performanceConfig"] = json!({ "latency": "optimized" }),
            tier => answer["serviceTier"] = json!({ "type": tier }),
        }
    }

    fn events(&self) -> Vec<SseEvent> {
        let mut events = vec![event("messageStart", json!({ "role": "assistant" }))];
        for (index, pieces) in self.choice.parts.iter().enumerate() {
            if let OutputShape::Calls(calls) = self.shape {
                let tool = json!({ "toolUseId": Mock::next_id("tooluse_"), "name": calls[index].name });
                events.push(event(
                    "contentBlockStart",
                    json!({ "contentBlockIndex": index, "start": { "toolUse": tool } }),
                ));
            }
            for piece in pieces {
                let delta = match self.shape {
                    OutputShape::Calls(_) => json!({ "toolUse": { "input": piece } }),
                    _ => json!({ "text": piece }),
                };
                events
                    .push(event("contentBlockDelta", json!({ "contentBlockIndex": index, "delta": delta })));
            }
            events.push(event("contentBlockStop", json!({ "contentBlockIndex": index })));
        }
        events.push(event("messageStop", json!({ "stopReason": self.stop_reason() })));
        let mut metadata = json!({ "metrics": { "latencyMs": 7 } });
        let has_usage = self.request.fault() != Some(Fault::NoUsage);
        if has_usage {
            metadata["usage"] = counts(&self.usage);
        }
        self.describe(&mut metadata);
        events.push(SseEvent { reports_usage: has_usage, ..event("metadata", metadata) });
        events
    }
}

/// With padding, which hides the length of what was generated.
fn event(name: &'static str, mut fields: Value) -> SseEvent {
    fields["p"] = json!("abcdefgh");
    SseEvent::new(Some(name), fields.to_string())
}
