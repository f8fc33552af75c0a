//! `POST /v1/responses` without faults.

use serde_json::{Value, json};

use crate::client::TestMock;

#[tokio::test]
async fn response_carries_text_and_usage() {
    let mock = TestMock::start().await;
    let body = json!({ "model": "gpt-5.6", "input": "hello there", "instructions": "be brief" });
    let body = mock.call("/responses", body).await.json();
    assert_eq!(body["status"], "completed");
    assert_eq!(body["model"], "gpt-5.6-sol");
    // Two messages of two words each: 3 + 5 + 5.
    assert_eq!(body["usage"]["input_tokens"], 13);
    assert_eq!(body["usage"]["output_tokens"], 11);
    assert_eq!(body["usage"]["input_tokens_details"], json!({ "cached_tokens": 0, "cache_write_tokens": 0 }));
    let text = body["output"][0]["content"][0]["text"].as_str().unwrap();
    assert_eq!(text.split_whitespace().count(), 11);
}

#[tokio::test]
async fn stream_events_are_numbered_and_end_with_the_whole_response() {
    let mock = TestMock::start().await;
    let body = json!({ "model": "gpt-5.6", "input": "hi", "stream": true, "metadata": { "mock_reasoning_tokens": 4 } });
    let answer = mock.call("/responses", body).await;
    let events = answer.events();
    let names: Vec<&str> = answer.text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    let mut kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(names, kinds);
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.output_item.done",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let numbers: Vec<usize> = events
        .iter()
        .map(|event| usize::try_from(event["sequence_number"].as_u64().unwrap()).unwrap())
        .collect();
    assert_eq!(numbers, (0..events.len()).collect::<Vec<_>>());
    let deltas: String = events.iter().filter_map(|event| event["delta"].as_str()).collect();
    let response = &events.last().unwrap()["response"];
    assert_eq!(response["output"][1]["content"][0]["text"], deltas.as_str());
    assert_eq!(response["usage"]["output_tokens_details"]["reasoning_tokens"], 4);
    assert_eq!(response["service_tier"], "default");
    assert!(!answer.text.contains("[DONE]"));
}

#[tokio::test]
async fn output_cut_by_its_bound_is_incomplete() {
    let mock = TestMock::start().await;
    let mut body = json!({ "model": "gpt-5.6", "input": "hi", "max_output_tokens": 16,
        "metadata": { "mock_completion_tokens": "40" } });
    let plain = mock.call("/responses", body.clone()).await.json();
    assert_eq!(plain["status"], "incomplete");
    assert_eq!(plain["incomplete_details"]["reason"], "max_output_tokens");
    assert_eq!(plain["usage"]["output_tokens"], 16);
    body["stream"] = json!(true);
    assert_eq!(
        mock.call("/responses", body.clone()).await.events().last().unwrap()["type"],
        "response.incomplete"
    );
    body["max_output_tokens"] = json!(15);
    assert_eq!(mock.call("/responses", body).await.status, 400);
}

#[tokio::test]
async fn background_is_queued_without_usage() {
    let mock = TestMock::start().await;
    let body = mock
        .call("/responses", json!({ "model": "gpt-5.6", "input": "hi", "background": true }))
        .await
        .json();
    assert_eq!(body["status"], "queued");
    assert_eq!(body["usage"], Value::Null);
    assert_eq!(body["output"], json!([]));
}

#[tokio::test]
async fn required_function_is_called() {
    let mock = TestMock::start().await;
    let tool = json!({ "type": "function", "name": "weather", "parameters": {
        "type": "object", "properties": { "city": { "type": "string" } } } });
    let choice = json!({ "type": "function", "name": "weather" });
    let mut body = json!({ "model": "gpt-4.1", "input": "hi", "tools": [tool], "tool_choice": choice });
    let item = &mock.call("/responses", body.clone()).await.json()["output"][0];
    assert_eq!(item["type"], "function_call");
    assert_eq!(item["arguments"], r#"{"city":"text"}"#);
    body["stream"] = json!(true);
    let events = mock.call("/responses", body).await.events();
    let done = events.iter().find(|event| event["type"] == "response.function_call_arguments.done").unwrap();
    assert_eq!(done["arguments"], r#"{"city":"text"}"#);
}
