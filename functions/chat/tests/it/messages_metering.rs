//! What messages are recorded as: the table of Anthropic in docs/METERING.md.

use serde_json::{Value, json};

use crate::documented::{Table, check};

fn request(mock: &str, call: &str) -> (String, Value) {
    let words: Vec<&str> = call.split(' ').collect();
    let model = words.iter().find(|word| word.starts_with("claude-")).unwrap_or(&"claude-opus-5");
    let mut metadata = json!({});
    for parameter in mock.trim_matches('`').split(' ') {
        let (name, value) = parameter.split_once('=').unwrap();
        metadata[format!("mock_{name}")] = json!(value);
    }
    let mut body = json!({
        "model": model, "max_tokens": 64, "metadata": metadata,
        "messages": [{"role": "user", "content": "one two three"}],
    });
    for word in words {
        match word.split_once('=') {
            Some((name, value)) => body[name] = json!(value),
            None if word == "stream" => body["stream"] = json!(true),
            None => {}
        }
    }
    ("/v1/messages".to_owned(), body)
}

pub(crate) fn counts(row: &Value) -> [String; 4] {
    let text = |name: &str| row[name].to_string();
    [
        text("input_tokens"),
        text("cached_tokens"),
        format!("{}, {}", text("cache_write_tokens"), text("cache_write_long_tokens")),
        text("output_tokens"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_recorded_as_documented() {
    check(Table { heading: "Anthropic", request, allowance: 0, counts }).await;
}
