//! Gemini's wire.

mod content;
mod embeddings;
mod faults;
mod usage;

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::client::{TestMock, TestResponse, with};

const MODEL: &str = "gemini-3.5-flash";

fn hello() -> Value {
    json!({ "contents": [{ "role": "user", "parts": [{ "text": "hello there" }] }] })
}

fn metadata(parameters: Value) -> Value {
    json!({ "metadata": parameters })
}

fn configured(config: Value) -> Value {
    with(hello(), json!({ "generationConfig": config }))
}

fn post(mock: &TestMock, method: &str, body: &Value) -> RequestBuilder {
    let url = format!("http://{}/v1beta/models/{MODEL}:{method}", mock.mock.address());
    mock.http.post(url).header("x-goog-api-key", "AIza-test").body(body.to_string())
}

async fn send(mock: &TestMock, method: &str, body: &Value) -> TestResponse {
    mock.send(post(mock, method, body)).await.expect("an answer")
}

/// The answer in one piece, as events, and as an array.
async fn all(mock: &TestMock, body: &Value) -> [Vec<Value>; 3] {
    let plain = send(mock, "generateContent", body).await;
    assert_eq!(plain.status, 200, "{}", plain.text);
    let events = send(mock, "streamGenerateContent?alt=sse", body).await;
    assert!(events.text.ends_with("\r\n\r\n") && !events.text.contains("[DONE]"));
    let array = send(mock, "streamGenerateContent", body).await;
    [vec![plain.json()], events.events(), array.json().as_array().unwrap().clone()]
}

/// The parts of the first candidate, with adjacent texts joined.
fn parts(chunks: &[Value]) -> Vec<Value> {
    let mut joined: Vec<Value> = Vec::new();
    let candidates = chunks.iter().filter_map(|chunk| chunk["candidates"].as_array()).flatten();
    let first = candidates.filter(|candidate| candidate["index"] == 0);
    for part in first.filter_map(|candidate| candidate["content"]["parts"].as_array()).flatten() {
        match (joined.last_mut(), part["text"].as_str()) {
            (_, Some("")) => {}
            (Some(last), Some(text)) if last["text"].is_string() && last["thought"] == part["thought"] => {
                last["text"] = json!(last["text"].as_str().unwrap().to_owned() + text);
            }
            _ => joined.push(part.clone()),
        }
    }
    joined
}

fn usage_of(chunks: &[Value]) -> Value {
    chunks.last().unwrap()["usageMetadata"].clone()
}
