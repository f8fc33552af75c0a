//! A response in one piece.

use serde_json::{Value, json};

use super::usage::ContentUsage;
use super::{block_reason, config, member, prompt, tools};
use crate::behaviour::Behaviour;
use crate::builtin::RESULT_TOKENS;
use crate::mock::Mock;
use crate::output::{self, FinishReason, OutputChoice, OutputShape};
use crate::prompt::Prompt;
use crate::request::ModelRequest;

/// Tokens of the thoughts that a request configures, unless it sets their number.
const THOUGHTS: u64 = 16;
/// One transparent pixel.
const IMAGE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

pub(super) struct Content<'a> {
    pub(super) request: &'a ModelRequest,
    id: String,
    pub(super) shape: OutputShape,
    pub(super) choices: Vec<OutputChoice>,
    pub(super) thoughts: u64,
    searches: u64,
    pub(super) usage: ContentUsage,
}

impl<'a> Content<'a> {
    pub(super) fn new(request: &'a ModelRequest) -> Self {
        let body = &request.body;
        let turn = tools::turn(body);
        let searches = tools::searches(body, &turn, &request.behaviour);
        let calls = tools::calls(body, &turn, &request.behaviour);
        let shape = if calls.is_empty() { format(config(body)) } else { OutputShape::Calls(calls) };
        let input =
            ContentUsage::new(prompt::count(body), searches * RESULT_TOKENS, searches, &request.behaviour);

        let thoughts = request.behaviour.reasoning_tokens.or(thinks(config(body)).then_some(THOUGHTS));
        let behaviour = Behaviour { reasoning_tokens: thoughts, ..request.behaviour.clone() };
        let n = member(config(body), "candidateCount", "candidate_count").as_u64().unwrap_or(1).clamp(1, 8);
        let cap = member(config(body), "maxOutputTokens", "max_output_tokens").as_u64();
        let prompt = Prompt { tokens: input.input(), audio: 0 };
        let output = output::plan(prompt, n, cap, &shape, &behaviour);
        let (choices, thoughts) = match block_reason(request) {
            Some(_) => (Vec::new(), 0),
            None => (output.choices, output.usage.reasoning_tokens),
        };
        let visible = if choices.is_empty() { 0 } else { output.usage.output_tokens - thoughts };
        let usage = if choices.is_empty() { input } else { input.with_output(thoughts, visible, &behaviour) };
        Self { request, id: Mock::next_id(""), shape, choices, thoughts, searches, usage }
    }

    pub(super) fn whole(&self) -> Value {
        let candidates = self.choices.iter().enumerate().map(|(index, choice)| {
            let mut parts = self.thought();
            parts.extend(self.parts(choice));
            self.candidate(index, parts, Some(choice.finish))
        });
        self.response(candidates.collect(), Some(self.usage))
    }

    pub(super) fn response(&self, candidates: Vec<Value>, usage: Option<ContentUsage>) -> Value {
        let mut response = json!({});
        if let Some(reason) = block_reason(self.request) {
            response["promptFeedback"] = json!({ "blockReason": reason });
        } else {
            response["candidates"] = json!(candidates);
        }
        if let Some(usage) = usage {
            response["usageMetadata"] = usage.metadata();
        }
        response["modelVersion"] = json!(self.request.served_model);
        response["responseId"] = json!(self.id);
        response
    }

    pub(super) fn candidate(&self, index: usize, parts: Vec<Value>, finish: Option<FinishReason>) -> Value {
        let mut candidate = json!({ "content": { "parts": parts, "role": "model" }, "index": index });
        if let Some(finish) = finish {
            candidate["finishReason"] =
                json!(if finish == FinishReason::Length { "MAX_TOKENS" } else { "STOP" });
        }
        if finish.is_some() && self.searches > 0 {
            let queries: Vec<String> = (0..self.searches).map(|number| format!("text {number}")).collect();
            candidate["groundingMetadata"] = json!({ "webSearchQueries": queries, "groundingChunks": [] });
        }
        candidate
    }

    /// A summary, if the request wants one.
    pub(super) fn thought(&self) -> Vec<Value> {
        let thinking = member(config(&self.request.body), "thinkingConfig", "thinking_config");
        let is_shown = *member(thinking, "includeThoughts", "include_thoughts") == true && self.thoughts > 0;
        let thought = is_shown.then(|| json!({ "text": "Hm. ", "thought": true }));
        thought.into_iter().collect()
    }

    /// Functions to call, or the text, and a picture if its tokens are set.
    pub(super) fn parts(&self, choice: &OutputChoice) -> Vec<Value> {
        let mut parts = match &self.shape {
            OutputShape::Calls(calls) => self.calls(calls, choice),
            _ if choice.text().is_empty() => Vec::new(),
            _ => vec![json!({ "text": choice.text() })],
        };
        parts.extend(self.picture());
        parts
    }

    pub(super) fn picture(&self) -> Option<Value> {
        let is_drawn = self.request.behaviour.image_output_tokens.is_some();
        is_drawn.then(|| json!({ "inlineData": { "mimeType": "image/png", "data": IMAGE } }))
    }

    /// A call whose arguments the bound has cut is left out.
    fn calls(&self, calls: &[crate::tools::ToolCall], choice: &OutputChoice) -> Vec<Value> {
        let whole = calls.iter().zip(&choice.parts).filter_map(|(call, pieces)| {
            let arguments = serde_json::from_str::<Value>(&pieces.concat()).ok()?;
            let mut part = json!({ "functionCall": { "id": Mock::next_id("fc_"), "name": call.name, "args": arguments } });
            if self.thoughts > 0 {
                part["thoughtSignature"] = json!("bW9jaw==");
            }
            Some(part)
        });
        whole.collect()
    }
}

fn format(config: &Value) -> OutputShape {
    if *member(config, "responseMimeType", "response_mime_type") != "application/json" {
        return OutputShape::Text;
    }
    let json_schema = member(config, "responseJsonSchema", "response_json_schema");
    if json_schema.is_object() {
        return OutputShape::Json(tools::lower_case(json_schema));
    }
    OutputShape::Json(tools::lower_case(member(config, "responseSchema", "response_schema")))
}

/// A budget of 0 switches thinking off.
fn thinks(config: &Value) -> bool {
    let thinking = member(config, "thinkingConfig", "thinking_config");
    thinking.is_object() && *member(thinking, "thinkingBudget", "thinking_budget") != 0
}
