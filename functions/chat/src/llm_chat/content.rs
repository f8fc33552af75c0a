//! The text of a completion.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Value,
    #[serde(default)]
    refusal: Value,
}

/// The text of the first choice, or its refusal if it has no content; `None` if the body is not a completion.
pub(super) fn content(body: &[u8]) -> Option<String> {
    let completion: Completion = serde_json::from_slice(body).ok()?;
    let message = completion.choices.into_iter().next()?.message;
    let text = Some(text_of(&message.content)).filter(|text| !text.is_empty());
    Some(text.unwrap_or_else(|| text_of(&message.refusal)))
}

/// Text as a string, or as a list of parts of which those with text are joined. Anything else has no text.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text_of).collect(),
        Value::Object(part) => {
            ["text", "refusal"].into_iter().filter_map(|name| part.get(name)?.as_str()).collect()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn content_of(message: &Value) -> Option<String> {
        content(json!({"choices": [{"message": message}]}).to_string().as_bytes())
    }

    #[test]
    fn text_is_found_in_every_shape_of_content() {
        let parts = json!([
            {"type": "text", "text": "Bon"}, {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
            {"type": "image_url", "image_url": {"url": "x"}}, "jo", {"type": "refusal", "refusal": "ur"}
        ]);
        for (message, text) in [
            (json!({"content": "Bonjour"}), "Bonjour"),
            (json!({"content": parts}), "Bonjour"),
            (json!({"content": []}), ""),
            (json!({"content": null}), ""),
            (json!({}), ""),
            (json!({"content": 7}), ""),
            (json!({"content": null, "refusal": "No."}), "No."),
            (json!({"content": [], "refusal": [{"type": "refusal", "refusal": "No."}]}), "No."),
            (json!({"content": "Yes.", "refusal": "No."}), "Yes."),
        ] {
            assert_eq!(content_of(&message).as_deref(), Some(text), "{message}");
        }
    }

    #[test]
    fn body_that_is_no_completion_has_no_content() {
        for body in
            ["", "{}", "[]", r#"{"choices":[]}"#, r#"{"choices":[{}]}"#, r#"{"choices":[{"message":"x"}]}"#]
        {
            assert_eq!(content(body.as_bytes()), None, "{body}");
        }
    }
}
