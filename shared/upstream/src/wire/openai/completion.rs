//! The text of a chat completion, for callers who get nothing else of it.

use std::borrow::Cow;

use crate::json::{Member, as_str, read_array, read_object, readable};

/// The text of the first choice, or its refusal if it has no content; `None` if the body is no completion or breaks
/// off. Values that are no JSON, such as `-Infinity` among the log probabilities, do no harm beside it.
pub fn completion_text(body: &[u8]) -> Option<String> {
    let body = readable(body);
    let completion = read_object(body.trim()).filter(|completion| completion.is_whole)?.members;
    let choice = *read_array(member(&completion, "choices")?).first()?;
    let choice = read_object(choice)?.members;
    let message = read_object(member(&choice, "message")?)?.members;
    let text = |name| member(&message, name).map(text_of).filter(|text| !text.is_empty());
    Some(text("content").or_else(|| text("refusal")).unwrap_or_default())
}

fn member<'a>(members: &[Member<'a>], name: &str) -> Option<&'a str> {
    members.iter().rfind(|member| member.key == name).map(|member| member.value)
}

/// Parts that are the answer. Others may have text too, such as the model's thoughts.
const TEXT_PARTS: [&str; 4] = ["text", "output_text", "input_text", "refusal"];

/// Text as a string or an object, or as a list of parts of which those with text are joined. Anything else has no text.
fn text_of(value: &str) -> String {
    match value.as_bytes().first() {
        Some(b'"') => string(value),
        Some(b'[') => read_array(value).into_iter().map(text_of).collect(),
        Some(b'{') => {
            let part = read_object(value).map(|part| part.members).unwrap_or_default();
            let kind = member(&part, "type").and_then(as_str);
            if kind.is_some_and(|kind| !TEXT_PARTS.contains(&&*kind)) {
                return String::new();
            }
            let texts = ["text", "value", "refusal"].into_iter().filter_map(|name| member(&part, name));
            texts.filter(|text| text.starts_with(['"', '{'])).map(text_of).collect()
        }
        _ => String::new(),
    }
}

/// A string. Halves of surrogate pairs, which JSON allows and text does not, become replacement characters.
fn string(value: &str) -> String {
    if let Some(text) = as_str(value) {
        return text.into_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(value.len());
    let mut rest = value.get(1..value.len().saturating_sub(1)).unwrap_or_default();
    while let Some(c) = rest.chars().next() {
        let escape = rest.strip_prefix("\\u").and_then(|rest| rest.get(..4));
        if let Some(unit) = escape.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
            units.push(unit);
            rest = rest.get(6..).unwrap_or_default();
            continue;
        }
        let length = if c == '\\' { 2 } else { c.len_utf8() };
        let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let decoded = as_str(&format!("\"{part}\"")).map_or_else(|| part.to_owned(), Cow::into_owned);
        units.extend(decoded.encode_utf16());
        rest = after;
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn content_of(message: &Value) -> Option<String> {
        completion_text(json!({"choices": [{"message": message}]}).to_string().as_bytes())
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
            (
                json!({"content": [{"type": "output_text", "text": "Bon"}, {"text": "jo"}, null, [{"text": "ur"}]]}),
                "Bonjour",
            ),
            (
                json!({"content": [{"type": "reasoning", "text": "hm"}, {"type": "summary_text", "text": "hm"}, "Yes."]}),
                "Yes.",
            ),
            (json!({"content": [{"type": "text", "text": {"value": "Yes.", "annotations": []}}]}), "Yes."),
            (json!({"content": {"type": "text", "text": "Yes."}}), "Yes."),
            (json!({"content": [{"type": "text", "text": null}, {"type": "text", "text": 7}]}), ""),
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
    fn text_is_found_beside_values_that_are_no_json() {
        for (body, text) in [
            (
                r#"{"x":-Infinity,"choices":[{"message":{"content":"Yes"},"logprobs":{"logprob":NaN}}]}"#,
                "Yes",
            ),
            (
                r#"{"choices":[{"message":{"annotations":[undefined],"content":[{"text":"Y","p":NaN},"es"]}}]}"#,
                "Yes",
            ),
            (r#"{"choices":[{"message":{"content":"a\n\ud83d \ud83d\ude00 \"é"}}]}"#, "a\n\u{fffd} 😀 \"é"),
        ] {
            assert_eq!(completion_text(body.as_bytes()).as_deref(), Some(text), "{body}");
        }
        assert_eq!(
            completion_text(b"{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}").as_deref(),
            Some("?")
        );
    }

    #[test]
    fn body_that_is_no_completion_or_breaks_off_has_no_content() {
        for body in [
            "",
            "{}",
            "[]",
            r#"{"choices":[]}"#,
            r#"{"choices":[{}]}"#,
            r#"{"choices":[{"message":"x"}]}"#,
            r#"{"choices":[{"message":{"content":"Yes"}}]"#,
            r#"{"choices":[{"message":{"content":"Yes"}}],"usage":{"prompt_"#,
            r#"{"x":NaN,"choices":[{"message":{"content":"Yes"}}],"#,
        ] {
            assert_eq!(completion_text(body.as_bytes()), None, "{body}");
        }
    }
}
