//! `POST /v1/moderations`, which costs nothing and finds nothing.

use serde_json::{Map, Value, json};

use crate::errors::InvalidRequest;
use crate::mock::Mock;

const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

pub(crate) fn answer(body: &Value) -> Result<Value, InvalidRequest> {
    let inputs = match &body["input"] {
        Value::Null => return Err(InvalidRequest::missing("input")),
        // Parts of one input have a type, several inputs are texts.
        Value::Array(items) if items.first().is_some_and(Value::is_string) => items.len(),
        _ => 1,
    };
    let of_each = |value: Value| -> Value {
        CATEGORIES.iter().map(|name| ((*name).to_owned(), value.clone())).collect::<Map<_, _>>().into()
    };
    let result = json!({
        "flagged": false,
        "categories": of_each(json!(false)),
        "category_scores": of_each(json!(0.000_01)),
        "category_applied_input_types": of_each(json!(["text"])),
    });
    let model = body["model"].as_str().unwrap_or("omni-moderation-latest");
    Ok(json!({ "id": Mock::next_id("modr-"), "model": model, "results": vec![result; inputs] }))
}
