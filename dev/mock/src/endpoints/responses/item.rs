//! The items of a response's output.

use serde_json::{Value, json};

use crate::builtin::BuiltinCall;
use crate::mock::Mock;
use crate::output::{Output, OutputShape};
use crate::request::ModelRequest;
use crate::tools::ToolCall;

/// One item; its id is fixed at the start, its content is rendered when a stream reaches it.
pub(super) enum OutputItem<'a> {
    Reasoning { id: String, is_encrypted: bool },
    Builtin(BuiltinCall),
    Call { id: String, call_id: String, call: &'a ToolCall, pieces: &'a [String] },
    Message { id: String, pieces: &'a [String] },
}

/// Reasoning, then built-in tools, then the calls or the message.
pub(super) fn output_items<'a>(
    request: &ModelRequest,
    output: &'a Output,
    shape: &'a OutputShape,
    builtin: Vec<BuiltinCall>,
) -> Vec<OutputItem<'a>> {
    let mut items = Vec::new();
    if output.usage.reasoning_tokens > 0 {
        let mut includes = request.body["include"].as_array().into_iter().flatten();
        let is_encrypted = includes.any(|name| name == "reasoning.encrypted_content");
        items.push(OutputItem::Reasoning { id: Mock::next_id("rs_"), is_encrypted });
    }
    items.extend(builtin.into_iter().map(OutputItem::Builtin));
    let parts = output.choices.first().map_or(&[][..], |choice| &choice.parts);
    if let OutputShape::Calls(calls) = shape {
        items.extend(calls.iter().zip(parts).map(|(call, pieces)| {
            let id = Mock::next_id(if call.is_custom { "ctc_" } else { "fc_" });
            OutputItem::Call { id, call_id: Mock::next_id("call_"), call, pieces }
        }));
    } else {
        let pieces = parts.first().map_or(&[][..], Vec::as_slice);
        items.push(OutputItem::Message { id: Mock::next_id("msg_"), pieces });
    }
    items
}

impl OutputItem<'_> {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Reasoning { id, .. } | Self::Call { id, .. } | Self::Message { id, .. } => id,
            Self::Builtin(call) => call.id(),
        }
    }

    /// The item, empty while in progress.
    pub(super) fn json(&self, status: &str) -> Value {
        let is_open = status == "in_progress";
        let text = |pieces: &[String]| if is_open { String::new() } else { pieces.concat() };
        match self {
            Self::Reasoning { id, is_encrypted } => {
                let mut item = json!({ "id": id, "type": "reasoning", "summary": [] });
                if *is_encrypted {
                    item["encrypted_content"] = json!("gAAAAABmock");
                }
                item
            }
            Self::Builtin(call) => call.item(if is_open { status } else { "completed" }),
            Self::Call { id, call_id, call, pieces } if call.is_custom => json!({
                "id": id, "type": "custom_tool_call", "status": status, "input": text(pieces),
                "call_id": call_id, "name": call.name,
            }),
            Self::Call { id, call_id, call, pieces } => json!({
                "id": id, "type": "function_call", "status": status, "arguments": text(pieces),
                "call_id": call_id, "name": call.name,
            }),
            Self::Message { id, pieces } => {
                let content = if is_open { json!([]) } else { json!([text_part(&pieces.concat())]) };
                json!({ "id": id, "type": "message", "status": status, "content": content, "role": "assistant" })
            }
        }
    }
}

pub(super) fn text_part(text: &str) -> Value {
    json!({ "type": "output_text", "annotations": [], "logprobs": [], "text": text })
}
