//! Which of the caller's tools a Converse calls, by the rules of all wires.

use serde_json::{Value, json};

use crate::behaviour::Behaviour;
use crate::tools::{self, ToolCall, Turn};

pub(super) fn calls(body: &Value, behaviour: &Behaviour) -> Vec<ToolCall> {
    let config = &body["toolConfig"];
    let offered = config["tools"].as_array().into_iter().flatten();
    let functions: Vec<Value> = offered.filter_map(|tool| function(&tool["toolSpec"])).collect();
    let choice = &config["toolChoice"];
    let choice = if choice["any"].is_object() {
        json!("required")
    } else if let Some(name) = choice["tool"]["name"].as_str() {
        json!({ "type": "function", "name": name })
    } else {
        json!("auto")
    };
    tools::calls(&json!({ "tools": functions, "tool_choice": choice }), &turn(body), behaviour)
}

fn function(spec: &Value) -> Option<Value> {
    let name = spec["name"].as_str()?;
    Some(json!({ "type": "function", "name": name, "parameters": spec["inputSchema"]["json"] }))
}

fn turn(body: &Value) -> Turn {
    let mut turn = Turn::default();
    for message in body["messages"].as_array().into_iter().flatten() {
        let blocks = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        if message["role"] == "assistant" {
            turn.add_called(blocks.iter().filter_map(|block| block["toolUse"]["name"].as_str()));
        } else if blocks.iter().any(|block| block["toolResult"].is_object()) {
            turn.has_results = true;
        } else {
            turn = Turn::new(&message["content"]);
        }
    }
    turn
}
