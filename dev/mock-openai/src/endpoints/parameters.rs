//! Parameters that several endpoints share.

use serde_json::{Value, json};

use crate::errors::InvalidRequest;
use crate::output::OutputShape;

/// An optional count from the request body, within `min..=max`.
pub(super) fn count(body: &Value, name: &str, min: u64, max: u64) -> Result<Option<u64>, InvalidRequest> {
    let value = &body[name];
    if value.is_null() {
        return Ok(None);
    }
    match value.as_u64() {
        Some(count) if (min..=max).contains(&count) => Ok(Some(count)),
        Some(count) if count > max => Err(InvalidRequest::param(
            format!("Invalid '{name}': integer above maximum value. Expected a value <= {max}."),
            name,
            "integer_above_max_value",
        )),
        Some(_) => Err(InvalidRequest::param(
            format!("Invalid '{name}': integer below minimum value. Expected a value >= {min}."),
            name,
            "integer_below_min_value",
        )),
        None => Err(InvalidRequest::param(
            format!("Invalid type for '{name}': expected an integer."),
            name,
            "invalid_type",
        )),
    }
}

/// The tool required by `tool_choice`, otherwise the requested format. `function` finds the definition within a tool,
/// which the two endpoints nest differently.
pub(super) fn shape(
    body: &Value,
    format: &Value,
    schema: &Value,
    function: fn(&Value) -> &Value,
) -> OutputShape {
    let choice = &body["tool_choice"];
    let wanted = function(choice)["name"].as_str();
    if *choice == "required" || wanted.is_some() {
        let mut tools = body["tools"].as_array().into_iter().flatten().map(function);
        let tool = tools.find(|tool| wanted.is_none_or(|wanted| tool["name"] == wanted));
        if let Some(tool) = tool {
            let name = tool["name"].as_str().unwrap_or_default().to_owned();
            return OutputShape::Call { name, arguments: tool["parameters"].clone() };
        }
    }
    match format["type"].as_str() {
        Some("json_schema") => OutputShape::Json(schema.clone()),
        Some("json_object") => OutputShape::Json(json!({ "properties": { "answer": { "type": "string" } } })),
        _ => OutputShape::Text,
    }
}
