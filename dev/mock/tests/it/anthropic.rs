//! Anthropic's wire.

mod blocks;
mod faults;
mod free;
mod usage;

use mock_provider::Counters;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::client::{TestMock, TestResponse, with};

const MODEL: &str = "claude-sonnet-5-5";

fn hello() -> Value {
    json!({ "model": MODEL, "max_tokens": 1_000, "messages": [{ "role": "user", "content": "hello there" }] })
}

fn streamed(body: Value) -> Value {
    with(body, json!({ "stream": true }))
}

fn metadata(parameters: Value) -> Value {
    json!({ "metadata": parameters })
}

fn post(mock: &TestMock, path: &str, body: &Value) -> RequestBuilder {
    let url = format!("http://{}/v1{path}", mock.mock.address());
    mock.http
        .post(url)
        .header("x-api-key", "sk-ant-test")
        .header("anthropic-version", "2023-06-01")
        .body(body.to_string())
}

async fn send(mock: &TestMock, body: &Value) -> TestResponse {
    mock.send(post(mock, "/messages", body)).await.expect("an answer")
}

/// Reads usage as clients do: the start's counts, each replaced by those that follow.
fn usage_of(answer: &TestResponse) -> Value {
    let mut usage = json!({});
    let objects = match answer.events() {
        events if events.is_empty() => vec![answer.json()],
        events => events,
    };
    for object in objects {
        for reported in [&object["message"]["usage"], &object["usage"]] {
            let counts = reported.as_object().into_iter().flatten().filter(|(_, count)| !count.is_null());
            for (name, count) in counts {
                usage[name.as_str()] = count.clone();
            }
        }
    }
    usage
}

fn total_input(usage: &Value) -> u64 {
    let names = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
    names.iter().filter_map(|name| usage[*name].as_u64()).sum()
}

/// What was reported is what was counted and billed.
fn assert_counted(counters: &Counters, usage: &Value) {
    let counted = counters.total.tokens;
    assert_eq!(
        (counted.input_tokens, counted.output_tokens),
        (total_input(usage), usage["output_tokens"].as_u64().unwrap())
    );
    assert_eq!(counters.billed.values().map(|billed| billed.input_tokens).sum::<u64>(), counted.input_tokens);
}
