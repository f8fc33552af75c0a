//! Streamed responses: forwarded as they come, settled before the last event.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, post, request};
use tower::ServiceExt;

use crate::router;

fn streamed(path: &str, more: Value) -> Value {
    let mut body = if path == "/v1/responses" {
        json!({"model": "gpt-4o-mini", "stream": true, "input": "Hello"})
    } else {
        json!({"model": "gpt-4o-mini", "stream": true, "messages": [{"role": "user", "content": "Hello"}]})
    };
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn events(text: &str) -> Vec<&str> {
    text.split("\n\n").filter(|event| !event.is_empty()).collect()
}

#[tokio::test]
async fn usage_is_requested_upstream_and_hidden_unless_the_caller_asked() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let path = "/v1/chat/completions";

    let silent = post(&router, path, &key, streamed(path, json!({}))).await;
    assert_eq!(harness.mock.requests()[0].json()["stream_options"], json!({"include_usage": true}));
    assert!(!silent.text().contains("usage"), "{}", silent.text());
    assert_eq!(events(&silent.text()).last(), Some(&"data: [DONE]"));

    let asking =
        post(&router, path, &key, streamed(path, json!({"stream_options": {"include_usage": true}}))).await;
    let with_usage = asking.text();
    let chunks = events(&with_usage);
    let last: Value = serde_json::from_str(chunks[chunks.len() - 2].trim_start_matches("data: ")).unwrap();
    assert_eq!(last["choices"], json!([]));
    for row in harness.ledger().await {
        assert_eq!(row["input_tokens"], last["usage"]["prompt_tokens"]);
        assert_eq!(row["output_tokens"], last["usage"]["completion_tokens"]);
        assert_eq!((&row["status"], &row["stream"]), (&json!("settled"), &json!(true)));
        assert!(row["first_byte_us"].as_i64().unwrap() <= row["latency_us"].as_i64().unwrap());
    }
}

#[tokio::test]
async fn responses_stream_passes_through_and_is_metered() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let reply = post(&router, "/v1/responses", &key, streamed("/v1/responses", json!({}))).await;
    assert_eq!(reply.status, StatusCode::OK);
    let text = reply.text();
    let last = events(&text).pop().unwrap().to_owned();
    let last: Value = serde_json::from_str(last.split_once("data: ").unwrap().1).unwrap();
    assert_eq!(last["type"], "response.completed");
    let row = harness.only_row().await;
    assert_eq!(row["input_tokens"], last["response"]["usage"]["input_tokens"]);
    assert_eq!(row["output_tokens"], last["response"]["usage"]["output_tokens"]);
}

#[tokio::test]
async fn chunks_are_forwarded_immediately_and_the_row_exists_before_the_last() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for (path, last_event) in [("/v1/chat/completions", "[DONE]"), ("/v1/responses", "response.completed")] {
        let before = harness.ledger().await.len();
        let body = streamed(path, json!({"metadata": {"mock_chunk_delay_ms": "30"}})).to_string();
        let response = router.clone().oneshot(request(Method::POST, path, &key, body)).await.unwrap();
        let mut chunks = response.into_body().into_data_stream();
        let (mut arrivals, mut rows_at_last) = (Vec::new(), None);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.expect("a body never yields an error");
            arrivals.push(Instant::now());
            if String::from_utf8_lossy(&chunk).contains(last_event) {
                rows_at_last = Some(harness.ledger().await.len() - before);
            }
        }
        assert_eq!(rows_at_last, Some(1), "{path}");
        let spread = arrivals.last().unwrap().duration_since(arrivals[0]);
        assert!(arrivals.len() > 5 && spread > Duration::from_millis(150), "{path}: {spread:?}");
    }
}

#[tokio::test]
async fn dropped_stream_leaves_its_call_to_the_sweeper() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let path = "/v1/chat/completions";
    let body = streamed(path, json!({"metadata": {"mock_chunk_delay_ms": "50"}})).to_string();
    let response = router.oneshot(request(Method::POST, path, &key, body)).await.unwrap();
    let mut chunks = response.into_body().into_data_stream();
    chunks.next().await.unwrap().unwrap();
    drop(chunks);
    assert!(harness.ledger().await.is_empty());
    assert_eq!(harness.open_calls().await, 1);
}

#[tokio::test]
async fn deadline_during_a_stream_ends_it_with_an_error_event_and_one_row() {
    let harness = Harness::start().await;
    let (router, key) =
        (router(&harness, &[("UPSTREAM_TIMEOUT_SECONDS", "1")]).await, harness.key().create().await);
    for path in ["/v1/chat/completions", "/v1/responses"] {
        let before = harness.ledger().await.len();
        let reply =
            post(&router, path, &key, streamed(path, json!({"metadata": {"mock_chunk_delay_ms": "400"}})))
                .await;
        let text = reply.text();
        let last = events(&text).pop().unwrap().to_owned();
        let error: Value = serde_json::from_str(last.split_once("data: ").unwrap().1).unwrap();
        assert_eq!(error["error"]["code"], "upstream_timeout", "{path}");
        let rows = harness.ledger().await;
        assert_eq!(rows.len() - before, 1);
        assert_eq!(
            (&rows[before]["status"], &rows[before]["error_code"]),
            (&json!("estimated"), &json!("upstream_timeout"))
        );
    }
}

#[tokio::test]
async fn time_of_a_slow_reader_is_not_overhead() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let path = "/v1/chat/completions";
    let body = streamed(path, json!({})).to_string();
    let response = router.oneshot(request(Method::POST, path, &key, body)).await.unwrap();
    let mut chunks = response.into_body().into_data_stream();
    chunks.next().await.unwrap().unwrap();
    let pause = Duration::from_millis(300);
    tokio::time::sleep(pause).await;
    while chunks.next().await.is_some() {}
    let row = harness.only_row().await;
    let (latency, overhead) = (row["latency_us"].as_u64().unwrap(), row["overhead_us"].as_u64().unwrap());
    assert!(u128::from(latency - overhead) >= pause.as_micros(), "{overhead} of {latency} us");
}
