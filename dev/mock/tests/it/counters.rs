//! Counters and request log match what was sent and received.

use mock_provider::CallEnd;
use serde_json::{Value, json};

use crate::client::{TestMock, hello, with};

#[tokio::test]
async fn tokens_add_up_to_the_usage_that_was_sent() {
    let mock = TestMock::start().await;
    let options = json!({ "metadata": { "mock_cached_tokens": "6", "mock_cache_write_tokens": "1", "mock_tag": "one" } });
    let plain = mock.call("/chat/completions", with(hello("gpt-4o"), options)).await.json();
    let response = mock
        .call("/responses", json!({ "model": "gpt-5.6?reasoning_tokens=3", "input": "hi", "stream": true }));
    let response = response.await.usage().unwrap();
    let embedding =
        mock.call("/embeddings", json!({ "model": "text-embedding-3-small", "input": "a b c" })).await.json();

    let counters = mock.mock.counters();
    let number = |value: &Value| value.as_u64().unwrap();
    assert_eq!(
        counters.total.tokens.input_tokens,
        number(&plain["usage"]["prompt_tokens"])
            + number(&response["input_tokens"])
            + number(&embedding["usage"]["prompt_tokens"])
    );
    assert_eq!(
        counters.total.tokens.output_tokens,
        number(&plain["usage"]["completion_tokens"]) + number(&response["output_tokens"])
    );
    assert_eq!(counters.models["gpt-4o"].tokens.cached_tokens, 6);
    assert_eq!(counters.models["gpt-4o"].tokens.cache_write_tokens, 1);
    assert_eq!(counters.models["gpt-5.6"].tokens.reasoning_tokens, 3);
    assert_eq!(counters.endpoints["/v1/responses"].streams_completed, 1);
    assert_eq!((counters.total.requests, counters.total.answered_with_usage, counters.in_flight), (3, 3, 0));

    let [call] = counters.calls["one"].as_slice() else { panic!("one call: {counters:?}") };
    assert_eq!((call.end, call.usage_sent, call.status), (CallEnd::Answered, true, Some(200)));
    assert_eq!(call.usage.unwrap().input_tokens, number(&plain["usage"]["prompt_tokens"]));
    assert_eq!(call.served_model.as_deref(), Some("gpt-4o-2024-11-20"));
}

#[tokio::test]
async fn stream_abandoned_by_the_caller_is_billed_as_unreported() {
    let mock = TestMock::start().await;
    let body = with(hello("gpt-4o"), json!({ "stream": true, "stream_options": { "include_usage": true } }));
    let request = mock.post("/chat/completions", &body).header("x-mock-chunk-delay-ms", "60000");
    let mut response = request.header("x-client-request-id", "left").send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    drop(response);
    let counters = mock.counters_when(|counters| counters.total.streams_aborted == 1).await;
    assert_eq!(counters.total.tokens.output_tokens, 0);
    assert_eq!(counters.total.unreported_tokens.output_tokens, 10);
    assert_eq!(
        (counters.calls["left"][0].end, counters.calls["left"][0].usage_sent),
        (CallEnd::Aborted, false)
    );
}

#[tokio::test]
async fn requests_are_logged_byte_for_byte() {
    let mock = TestMock::start().await;
    let body = r#"{"model":"gpt-4o",  "messages":[{"role":"user","content":"hi"}], "unknown_field": 1}"#;
    let request = mock.post("/chat/completions?api-version=1", &json!(null)).body(body);
    assert_eq!(mock.send(request.header("x-case", "a")).await.unwrap().status, 200);
    let requests = mock.mock.requests();
    let [request] = requests.as_slice() else { panic!("one request: {requests:?}") };
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/v1/chat/completions?api-version=1")
    );
    assert_eq!(request.body, body);
    assert_eq!(request.header("authorization"), Some("Bearer sk-test"));
    assert_eq!(request.header("x-case"), Some("a"));
}

#[tokio::test]
async fn mock_is_controlled_over_http() {
    let mock = TestMock::start().await;
    let root = mock.mock.base_url().replace("/v1", "");
    let script = json!({ "match": { "model": "gpt-4o" }, "steps": ["500", { "cached_tokens": 2 }] });
    let post = |path: &str, body: &Value| {
        let request = mock.http.post(format!("{root}{path}")).header("content-type", "application/json");
        mock.send(request.body(body.to_string()))
    };
    assert_eq!(post("/__mock/script", &script).await.unwrap().status, 204);
    assert_eq!(mock.call("/chat/completions", hello("gpt-4o")).await.status, 500);
    let second = mock.call("/chat/completions", hello("gpt-4o")).await.json();
    assert_eq!(second["usage"]["prompt_tokens_details"]["cached_tokens"], 2);

    let read = |path: &str| mock.send(mock.http.get(format!("{root}{path}")));
    let counters = read("/__mock/counters").await.unwrap();
    assert_eq!(
        serde_json::from_str::<mock_provider::Counters>(&counters.text).unwrap(),
        mock.mock.counters()
    );
    assert_eq!(counters.json()["faults"]["500"], 1);
    assert_eq!(read("/__mock/requests").await.unwrap().json().as_array().unwrap().len(), 2);

    assert_eq!(post("/__mock/keys", &json!({ "keys": ["sk-only"] })).await.unwrap().status, 204);
    assert_eq!(mock.call("/chat/completions", hello("gpt-4o")).await.status, 401);
    assert_eq!(post("/__mock/reset", &json!(null)).await.unwrap().status, 204);
    assert_eq!(read("/__mock/counters").await.unwrap().json()["total"]["requests"], 0);
}

#[tokio::test]
async fn dropped_mock_closes_its_connections() {
    let TestMock { mock, http } = TestMock::start().await;
    let url = format!("{}/models", mock.base_url());
    let get = || http.get(&url).header("authorization", "Bearer sk-test").send();
    assert_eq!(get().await.unwrap().status(), 200);
    drop(mock);
    tokio::task::yield_now().await;
    assert!(get().await.is_err());
}
