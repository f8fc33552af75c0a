//! What Gemini's content is recorded as: its table in docs/METERING.md.

use serde_json::{Value, json};

use crate::documented::{Table, check};

/// Path and body of the call.
fn request(mock: &str, call: &str) -> (String, Value) {
    let words: Vec<&str> = call.split(' ').collect();
    let model = words.iter().find(|word| word.starts_with("gemini-")).unwrap_or(&"gemini-3.5-flash");
    let method = match words[0] {
        "plain" => "generateContent",
        "stream" => "streamGenerateContent?alt=sse",
        "array" => "streamGenerateContent",
        other => panic!("unknown kind of call: {other}"),
    };
    let mut body = json!({
        "contents": [{"role": "user", "parts": [{"text": "one two three"}]}],
        "generationConfig": {"maxOutputTokens": 64},
    });
    for parameter in mock.trim_matches('`').split(' ') {
        let (name, value) = parameter.split_once('=').unwrap();
        body["metadata"][format!("mock_{name}")] = json!(value);
    }
    for word in &words {
        match word.split_once('=') {
            Some(("tier", tier)) => body["serviceTier"] = json!(tier),
            Some((name, _)) => panic!("unknown: {name}"),
            None if *word == "search" => body["tools"] = json!([{"googleSearch": {}}]),
            None => {}
        }
    }
    (format!("/v1beta/models/{model}:{method}"), body)
}

fn counts(row: &Value) -> [String; 4] {
    let text = |name: &str| row[name].to_string();
    [
        text("input_tokens"),
        format!("{}, {}", text("cached_tokens"), text("cached_audio_tokens")),
        text("audio_input_tokens"),
        format!("{}, {}, {}", text("output_tokens"), text("reasoning_tokens"), text("image_output_tokens")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn content_is_recorded_as_documented() {
    check(Table { heading: "Gemini", request, allowance: 1_024, counts }).await;
}
