//! Parameters that several endpoints share.

use serde_json::{Value, json};

use crate::errors::InvalidRequest;
use crate::output::OutputShape;
use crate::tools::ToolCall;

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

/// Calls to tools if the turn needs some, otherwise the requested format.
pub(super) fn shape(calls: Vec<ToolCall>, format: &Value, schema: &Value) -> OutputShape {
    if !calls.is_empty() {
        return OutputShape::Calls(calls);
    }
    match format["type"].as_str() {
        Some("json_schema") => OutputShape::Json(schema.clone()),
        Some("json_object") => OutputShape::Json(json!({ "properties": { "answer": { "type": "string" } } })),
        _ => OutputShape::Text,
    }
}
