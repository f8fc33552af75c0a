//! What Bedrock's answers are recorded as: its table in docs/METERING.md.

use serde_json::{Value, json};

use crate::documented::{Table, check};
use crate::messages_metering::counts;

const CLAUDE: &str = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

/// Path and body of the call.
fn request(mock: &str, call: &str) -> (String, Value) {
    let (method, model) = call.split_once(' ').unwrap_or((call, CLAUDE));
    let is_invoke = method.starts_with("invoke");
    let mut body = if !is_invoke {
        json!({
            "messages": [{"role": "user", "content": [{"text": "one two three"}]}],
            "inferenceConfig": {"maxTokens": 64},
        })
    } else if model.contains("anthropic") {
        json!({
            "anthropic_version": "bedrock-2023-05-31", "max_tokens": 64,
            "messages": [{"role": "user", "content": "one two three"}],
        })
    } else {
        json!({"prompt": "one two three", "max_tokens": 64})
    };
    let member = if is_invoke { "metadata" } else { "requestMetadata" };
    for parameter in mock.trim_matches('`').split(' ') {
        let (name, value) = parameter.split_once('=').unwrap();
        body[member][format!("mock_{name}")] = json!(value);
    }
    (format!("/bedrock/model/{}/{method}", model.replace(':', "%3A")), body)
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_recorded_as_documented() {
    check(Table { heading: "Amazon Bedrock", request, allowance: 1_024, counts }).await;
}
