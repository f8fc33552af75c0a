//! Generates the smallest JSON value that satisfies a simple JSON schema, so that the `parse` helpers of the SDKs work.

use serde_json::{Map, Value, json};

/// Below this depth, a recursive schema ends with null or an empty array.
const MAX_DEPTH: usize = 6;

pub(crate) fn example(schema: &Value) -> Value {
    value(schema, schema, 0)
}

fn value(schema: &Value, root: &Value, depth: usize) -> Value {
    if depth > MAX_DEPTH * 4 {
        return Value::Null;
    }
    if let Some(target) = schema["$ref"].as_str().and_then(|path| root.pointer(path.trim_start_matches('#')))
    {
        return value(target, root, depth + 1);
    }
    if !schema["const"].is_null() {
        return schema["const"].clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    for choice in ["anyOf", "oneOf"] {
        let Some(options) = schema[choice].as_array() else { continue };
        let null = options.iter().any(|option| option["type"] == "null");
        if depth >= MAX_DEPTH && null {
            return Value::Null;
        }
        if let Some(first) = options.first() {
            return value(first, root, depth + 1);
        }
    }
    if let Some(all) = schema["allOf"].as_array() {
        return merged(all, root, depth);
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) if depth >= MAX_DEPTH && kinds.iter().any(|kind| kind == "null") => "null",
        Value::Array(kinds) => kinds.first().and_then(Value::as_str).unwrap_or("null"),
        _ if schema["properties"].is_object() => "object",
        _ => "string",
    };
    match kind {
        "object" => object(schema, root, depth),
        "array" => array(schema, root, depth),
        "string" => string(schema),
        "integer" => integer(schema),
        "number" => number(schema),
        "boolean" => Value::Bool(true),
        _ => Value::Null,
    }
}

fn object(schema: &Value, root: &Value, depth: usize) -> Value {
    let properties = schema["properties"].as_object();
    let members = properties.into_iter().flatten();
    Value::Object(members.map(|(name, member)| (name.clone(), value(member, root, depth + 1))).collect())
}

fn array(schema: &Value, root: &Value, depth: usize) -> Value {
    let default = u64::from(depth < MAX_DEPTH);
    let min = schema["minItems"].as_u64().unwrap_or(0).max(default);
    let max = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
    let item = || value(&schema["items"], root, depth + 1);
    Value::Array((0..min.min(max)).map(|_| item()).collect())
}

fn string(schema: &Value) -> Value {
    let text = match schema["format"].as_str() {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "00:00:00Z",
        Some("email") => "someone@example.com",
        Some("uuid") => "01890a5d-ac96-774b-bcce-b302099a8057",
        Some("uri") => "https://example.com/",
        _ => "text",
    };
    let min = schema["minLength"].as_u64().and_then(|min| usize::try_from(min).ok()).unwrap_or(0);
    let max = schema["maxLength"].as_u64().and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX);
    let padded = format!("{text:x<min$}");
    json!(padded.chars().take(max).collect::<String>())
}

fn integer(schema: &Value) -> Value {
    let min = schema["minimum"].as_i64().or(schema["exclusiveMinimum"].as_i64().map(|min| min + 1));
    let max = schema["maximum"].as_i64().or(schema["exclusiveMaximum"].as_i64().map(|max| max - 1));
    let step = schema["multipleOf"].as_i64().filter(|step| *step > 0).unwrap_or(1);
    let start = min.unwrap_or(1).min(max.unwrap_or(i64::MAX));
    json!(start + (step - start.rem_euclid(step)) % step)
}

fn number(schema: &Value) -> Value {
    let min = schema["minimum"].as_f64().or(schema["exclusiveMinimum"].as_f64().map(|min| min + 0.5));
    let max = schema["maximum"].as_f64().or(schema["exclusiveMaximum"].as_f64().map(|max| max - 0.5));
    json!(min.unwrap_or(1.5).min(max.unwrap_or(f64::MAX)))
}

fn merged(all: &[Value], root: &Value, depth: usize) -> Value {
    let mut object = Map::new();
    for part in all {
        match value(part, root, depth + 1) {
            Value::Object(members) => object.extend(members),
            other => return other,
        }
    }
    Value::Object(object)
}
