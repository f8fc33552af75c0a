//! A message in one piece.

use serde_json::{Value, json};

use super::content::{self, Block};
use super::usage::MessageUsage;
use super::{prompt, server_tools};
use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::mock::Mock;
use crate::output::{self, FinishReason, OutputChoice, OutputShape};
use crate::prompt::Prompt;
use crate::request::ModelRequest;
use crate::tools::{self, Turn};

/// Tokens of the thoughts that a request asks for, unless it sets their number.
const THINKING: u64 = 16;

pub(super) struct Message<'a> {
    pub(super) id: String,
    pub(super) request: &'a ModelRequest,
    pub(super) blocks: Vec<Block>,
    pub(super) stop_reason: &'static str,
    pub(super) usage: MessageUsage,
}

impl<'a> Message<'a> {
    pub(super) fn new(request: &'a ModelRequest, max_tokens: u64) -> Self {
        let body = &request.body;
        let turn = Turn::of_messages(&body["messages"]);
        let server_calls = server_tools::calls(body, &turn, &request.behaviour);
        let found = server_tools::found(&server_calls);
        let input = prompt::input(body, found, &request.behaviour);
        let shape = shape(body, &turn, &request.behaviour);

        let thinking = request.behaviour.reasoning_tokens;
        let thinking = thinking.or(content::thinks(body).then_some(THINKING));
        let behaviour = Behaviour { reasoning_tokens: thinking, ..request.behaviour.clone() };
        let prompt = Prompt { tokens: input.total(), audio: 0 };
        let mut output = output::plan(prompt, 1, Some(max_tokens), &shape, &behaviour);
        let mut choice = output.choices.remove(0);
        let mut stop_reason = match choice.finish {
            FinishReason::Stop => "end_turn",
            FinishReason::Length => "max_tokens",
            FinishReason::ToolCalls => "tool_use",
        };
        let (mut tokens, mut thinking) = (output.usage.output_tokens, output.usage.reasoning_tokens);
        match request.fault() {
            Some(Fault::Refusal) => {
                (tokens, thinking, stop_reason) = (0, 0, "refusal");
                choice.parts.clear();
            }
            Some(Fault::LateRefusal) => {
                tokens -= halve(&mut choice);
                stop_reason = "refusal";
            }
            _ => {}
        }
        Self {
            id: Mock::next_id("msg_"),
            request,
            blocks: content::blocks(request, thinking, &server_calls, &shape, &choice),
            stop_reason,
            usage: MessageUsage::new(request, input, &server_calls, tokens, thinking),
        }
    }

    pub(super) fn whole(&self) -> Value {
        let mut message = self.opening();
        message["content"] = self.blocks.iter().map(Block::whole).collect();
        message["model"] = json!(self.request.served_model);
        message["stop_reason"] = json!(self.stop_reason);
        message["stop_details"] = self.stop_details();
        message["usage"] = self.usage.whole();
        message
    }

    /// As a stream begins; a model that declined is still the one that answers.
    pub(super) fn opening(&self) -> Value {
        json!({
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.usage.first_model().unwrap_or(&self.request.served_model),
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": self.usage.start(),
        })
    }

    pub(super) fn stop_details(&self) -> Value {
        match self.stop_reason {
            "refusal" => json!({ "type": "refusal", "category": "cyber", "explanation": null }),
            _ => Value::Null,
        }
    }
}

fn shape(body: &Value, turn: &Turn, behaviour: &Behaviour) -> OutputShape {
    let calls = tools::calls(body, turn, behaviour);
    let formats = [&body["output_config"]["format"], &body["output_format"]];
    match formats.into_iter().find(|format| format["type"] == "json_schema") {
        _ if !calls.is_empty() => OutputShape::Calls(calls),
        Some(format) => OutputShape::Json(format["schema"].clone()),
        None => OutputShape::Text,
    }
}

/// Returns how many tokens were cut.
fn halve(choice: &mut OutputChoice) -> u64 {
    let mut cut = 0;
    for pieces in &mut choice.parts {
        let kept = pieces.len().div_ceil(2);
        cut += (pieces.len() - kept) as u64;
        pieces.truncate(kept);
    }
    cut
}
