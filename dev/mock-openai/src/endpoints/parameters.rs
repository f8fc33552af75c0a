//! Parameters that several endpoints share.

use serde_json::{Value, json};

use crate::errors::Invalid;
use crate::output::Shape;

/// An optional count of the request's body that must be at least `least`.
pub(super) fn count(body: &Value, name: &str, least: u64, most: u64) -> Result<Option<u64>, Invalid> {
    let value = &body[name];
    if value.is_null() {
        return Ok(None);
    }
    match value.as_u64() {
        Some(count) if (least..=most).contains(&count) => Ok(Some(count)),
        Some(count) if count > most => Err(Invalid::param(
            format!("Invalid '{name}': integer above maximum value. Expected a value <= {most}."),
            name,
            "integer_above_max_value",
        )),
        Some(_) => Err(Invalid::param(
            format!("Invalid '{name}': integer below minimum value. Expected a value >= {least}."),
            name,
            "integer_below_min_value",
        )),
        None => Err(Invalid::param(
            format!("Invalid type for '{name}': expected an integer."),
            name,
            "invalid_type",
        )),
    }
}

/// A tool that `tool_choice` demands, else the format asked for. `function` finds a tool's definition in its
/// entry, which the two endpoints nest differently.
pub(super) fn shape(body: &Value, format: &Value, schema: &Value, function: fn(&Value) -> &Value) -> Shape {
    let choice = &body["tool_choice"];
    let wanted = function(choice)["name"].as_str();
    if *choice == "required" || wanted.is_some() {
        let mut tools = body["tools"].as_array().into_iter().flatten().map(function);
        let tool = tools.find(|tool| wanted.is_none_or(|wanted| tool["name"] == wanted));
        if let Some(tool) = tool {
            let name = tool["name"].as_str().unwrap_or_default().to_owned();
            return Shape::Call { name, arguments: tool["parameters"].clone() };
        }
    }
    match format["type"].as_str() {
        Some("json_schema") => Shape::Json(schema.clone()),
        Some("json_object") => Shape::Json(json!({ "properties": { "answer": { "type": "string" } } })),
        _ => Shape::Text,
    }
}
