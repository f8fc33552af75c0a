//! The blocks of a message, whole and in the pieces that a stream sends.

use serde_json::{Value, json};

use super::server_tools::{self, ServerTool};
use crate::mock::Mock;
use crate::output::{OutputChoice, OutputShape};
use crate::request::ModelRequest;

/// Base64 of a text that only the provider can read.
const SIGNATURE: &str = "bW9jaw==";

pub(super) enum Block {
    Thinking {
        pieces: Vec<String>,
    },
    Text {
        pieces: Vec<String>,
    },
    ToolUse {
        id: String,
        name: String,
        pieces: Vec<String>,
    },
    /// Sent in one piece.
    Fixed(Value),
}

impl Block {
    pub(super) fn whole(&self) -> Value {
        let mut block = self.opening();
        match self {
            Self::Thinking { pieces } => {
                block["thinking"] = json!(pieces.concat());
                block["signature"] = json!(SIGNATURE);
            }
            Self::Text { pieces } => block["text"] = json!(pieces.concat()),
            // The bound may have cut the arguments.
            Self::ToolUse { pieces, .. } => {
                block["input"] = serde_json::from_str(&pieces.concat()).unwrap_or_else(|_| json!({}));
            }
            Self::Fixed(_) => {}
        }
        block
    }

    pub(super) fn opening(&self) -> Value {
        match self {
            Self::Thinking { .. } => json!({ "type": "thinking", "thinking": "", "signature": "" }),
            Self::Text { .. } => json!({ "type": "text", "text": "" }),
            Self::ToolUse { id, name, .. } => {
                json!({ "type": "tool_use", "id": id, "name": name, "input": {} })
            }
            Self::Fixed(block) => block.clone(),
        }
    }

    pub(super) fn deltas(&self) -> Vec<Value> {
        let (kind, member, pieces) = match self {
            Self::Thinking { pieces } => ("thinking_delta", "thinking", pieces),
            Self::Text { pieces } => ("text_delta", "text", pieces),
            Self::ToolUse { pieces, .. } => ("input_json_delta", "partial_json", pieces),
            Self::Fixed(_) => return Vec::new(),
        };
        let mut deltas: Vec<Value> =
            pieces.iter().map(|piece| json!({ "type": kind, member: piece })).collect();
        if matches!(self, Self::Thinking { .. }) {
            deltas.push(json!({ "type": "signature_delta", "signature": SIGNATURE }));
        }
        deltas
    }
}

/// Thinking that is asked for, the tools that the provider ran, then text or calls to the caller's tools.
pub(super) fn blocks(
    request: &ModelRequest,
    thinking: u64,
    server_calls: &[ServerTool],
    shape: &OutputShape,
    choice: &OutputChoice,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    if thinks(&request.body) && thinking > 0 {
        let is_hidden = request.body["thinking"]["display"] == "omitted";
        let words = (0..thinking).map(|_| "hm ".to_owned());
        blocks.push(Block::Thinking { pieces: if is_hidden { Vec::new() } else { words.collect() } });
    }
    for call in server_calls {
        blocks.extend(server_tools::blocks(*call).map(Block::Fixed));
    }
    if let OutputShape::Calls(calls) = shape {
        let calls = calls.iter().zip(&choice.parts).map(|(call, pieces)| Block::ToolUse {
            id: Mock::next_id("toolu_"),
            name: call.name.clone(),
            pieces: pieces.clone(),
        });
        blocks.extend(calls);
    } else if choice.parts.iter().any(|pieces| !pieces.is_empty()) {
        blocks.push(Block::Text { pieces: choice.parts.concat() });
    }
    blocks
}

pub(super) fn thinks(body: &Value) -> bool {
    matches!(body["thinking"]["type"].as_str(), Some("enabled" | "adaptive"))
}
