//! Which of the caller's functions a response calls, by the rules of all wires.

use serde_json::{Map, Value, json};

use super::member;
use crate::behaviour::Behaviour;
use crate::tools::{self, ToolCall, Turn};

pub(super) fn turn(body: &Value) -> Turn {
    let mut turn = Turn::default();
    for content in body["contents"].as_array().into_iter().flatten() {
        let parts = content["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
        let has_results =
            parts.iter().any(|part| member(part, "functionResponse", "function_response").is_object());
        if content["role"] == "model" {
            let called = parts
                .iter()
                .filter_map(|part| member(part, "functionCall", "function_call")["name"].as_str());
            turn.add_called(called);
        } else if has_results {
            turn.has_results = true;
        } else {
            turn = Turn::new(&content["parts"]);
        }
    }
    turn
}

pub(super) fn calls(body: &Value, turn: &Turn, behaviour: &Behaviour) -> Vec<ToolCall> {
    let groups = body["tools"].as_array().into_iter().flatten();
    let declared = groups.flat_map(|group| {
        member(group, "functionDeclarations", "function_declarations").as_array().into_iter().flatten()
    });
    let functions: Vec<Value> = declared.map(function).collect();
    tools::calls(&json!({ "tools": functions, "tool_choice": choice(body) }), turn, behaviour)
}

/// Searches with Google that a response makes, if the tool is offered.
pub(super) fn searches(body: &Value, turn: &Turn, behaviour: &Behaviour) -> u64 {
    let mut groups = body["tools"].as_array().into_iter().flatten();
    let is_offered = groups.any(|group| member(group, "googleSearch", "google_search").is_object());
    if is_offered && !turn.has_results { behaviour.builtin_calls.unwrap_or(1) as u64 } else { 0 }
}

/// A declaration as the shared rules read it.
fn function(declaration: &Value) -> Value {
    let json_schema = member(declaration, "parametersJsonSchema", "parameters_json_schema");
    let schema = lower_case(if json_schema.is_null() { &declaration["parameters"] } else { json_schema });
    json!({ "type": "function", "name": declaration["name"], "parameters": schema })
}

fn choice(body: &Value) -> Value {
    let config = member(body, "toolConfig", "tool_config");
    let config = member(config, "functionCallingConfig", "function_calling_config");
    let allowed = member(config, "allowedFunctionNames", "allowed_function_names").as_array();
    match (config["mode"].as_str(), allowed) {
        (Some("NONE"), _) => json!("none"),
        (Some("ANY"), Some(names)) => {
            let tools: Vec<Value> =
                names.iter().map(|name| json!({ "type": "function", "name": name })).collect();
            json!({ "type": "allowed_tools", "mode": "required", "tools": tools })
        }
        (Some("ANY"), None) => json!("required"),
        _ => json!("auto"),
    }
}

/// Types are in capitals in Google's own schemas, and its clients use them in JSON schemas too.
pub(super) fn lower_case(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let lower = |(name, value): (&String, &Value)| match value {
                Value::String(kind) if name == "type" => (name.clone(), json!(kind.to_lowercase())),
                other => (name.clone(), lower_case(other)),
            };
            Value::Object(members.iter().map(lower).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(lower_case).collect(),
        other => other.clone(),
    }
}
