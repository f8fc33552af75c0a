//! Faults of Anthropic's wire, plain and in streams.

use mock_provider::{Fault, Wire};
use serde_json::{Value, json};

use super::{hello, metadata, post, send, streamed, usage_of};
use crate::client::{TestMock, TestResponse, with};

fn faulty(fault: &str) -> Value {
    let parameters = json!({ "mock_fault": fault, "mock_latency_ms": "1", "mock_chunk_delay_ms": "0" });
    with(hello(), metadata(parameters))
}

async fn stream(mock: &TestMock, fault: &str) -> (TestResponse, Vec<String>) {
    mock.mock.reset();
    let answer = send(mock, &streamed(faulty(fault))).await;
    let kinds =
        answer.events().iter().filter_map(|event| event["type"].as_str().map(ToOwned::to_owned)).collect();
    (answer, kinds)
}

#[tokio::test]
async fn errors_have_anthropics_shape() {
    let mock = TestMock::start().await;
    let cases = [
        ("400", 400, "invalid_request_error"),
        ("401", 401, "authentication_error"),
        ("402", 402, "billing_error"),
        ("403", 403, "permission_error"),
        ("404", 404, "not_found_error"),
        ("409", 409, "conflict_error"),
        ("413", 413, "request_too_large"),
        ("422", 422, "invalid_request_error"),
        ("429", 429, "rate_limit_error"),
        ("quota", 429, "rate_limit_error"),
        ("500", 500, "api_error"),
        ("503", 503, "api_error"),
        ("504", 504, "timeout_error"),
        ("529", 529, "overloaded_error"),
    ];
    for (fault, status, kind) in cases {
        for body in [faulty(fault), streamed(faulty(fault))] {
            let answer = send(&mock, &body).await;
            let error = answer.json();
            assert_eq!((answer.status, &error["error"]["type"]), (status, &json!(kind)), "{fault}");
            assert_eq!(error["type"], "error");
            assert_eq!(error["request_id"], answer.headers["request-id"].to_str().unwrap());
            assert_eq!(answer.headers.contains_key("retry-after"), fault == "429", "{fault}");
        }
    }
    let named = post(&mock, "/messages", &faulty("529")).header("x-mock-retry-after", "7");
    assert_eq!(mock.send(named).await.unwrap().headers["retry-after"], "7");
}

#[tokio::test]
async fn invalid_requests_are_refused() {
    let mock = TestMock::start().await;
    let cases = [
        (json!({ "messages": [] }), "messages: at least one message is required"),
        (json!({ "max_tokens": null }), "max_tokens: Field required"),
        (json!({ "max_tokens": 0 }), "max_tokens: Input should be greater than or equal to 1"),
        (
            json!({ "thinking": { "type": "enabled", "budget_tokens": 1_000 } }),
            "`max_tokens` must be greater than `thinking.budget_tokens`.",
        ),
    ];
    for (change, message) in cases {
        let refused = send(&mock, &with(hello(), change)).await;
        assert_eq!((refused.status, &refused.json()["error"]["message"]), (400, &json!(message)));
    }
    assert_eq!(mock.mock.counters().total.refused, 4);
}

#[tokio::test]
async fn cut_streams_end_where_they_say() {
    let mock = TestMock::start().await;
    let (_, kinds) = stream(&mock, "cut-before-text").await;
    assert_eq!(kinds, ["message_start"]);
    let (_, kinds) = stream(&mock, "truncated").await;
    assert_eq!(kinds.last().unwrap(), "content_block_delta");
    let (answer, _) = stream(&mock, "truncated-mid-event").await;
    assert!(!answer.text.ends_with("\n\n"));
    assert_eq!(mock.mock.counters().total.answered_without_usage, 1);
    let (_, kinds) = stream(&mock, "no-done").await;
    assert_eq!(kinds.last().unwrap(), "message_delta");
    assert_eq!(mock.mock.counters().total.answered_with_usage, 1);
    let (answer, kinds) = stream(&mock, "no-usage").await;
    assert!(usage_of(&answer)["output_tokens"] == 1 && kinds.last().unwrap() == "message_stop");
    mock.mock.reset();
    assert!(mock.send(post(&mock, "/messages", &streamed(faulty("reset-mid-body")))).await.is_err());
}

#[tokio::test]
async fn error_may_follow_a_success() {
    let mock = TestMock::start().await;
    let (answer, kinds) = stream(&mock, "error-in-stream").await;
    assert_eq!((answer.status, kinds.last().unwrap().as_str()), (200, "error"));
    assert_eq!(answer.events().last().unwrap()["error"]["type"], "overloaded_error");
    assert_eq!(mock.mock.counters().total.answered_without_usage, 1);
}

#[tokio::test]
async fn unknown_events_and_pings_change_nothing_else() {
    let mock = TestMock::start().await;
    let (whole, _) = stream(&mock, "ok").await;
    let (answer, kinds) = stream(&mock, "unknown-events").await;
    assert!(kinds.contains(&"message_telemetry".to_owned()) && answer.text.contains("sketch_delta"));
    let known: Vec<Value> =
        answer.events().into_iter().filter(|event| event["type"] != "message_telemetry").collect();
    assert_eq!(known.len(), whole.events().len() + 1);
    let (_, kinds) = stream(&mock, "pings-only").await;
    assert_eq!(kinds, ["ping", "ping", "ping"]);
}

#[tokio::test]
async fn every_fault_of_the_wire_ends() {
    let mock = TestMock::start().await;
    let known = Fault::ALL.iter().chain(Fault::OF_OTHERS).filter(|fault| fault.applies_to(Wire::Anthropic));
    let ending = known.filter(|fault| !matches!(fault, Fault::Hang | Fault::HeldOpen));
    for fault in ending {
        for body in [faulty(fault.name()), streamed(faulty(fault.name()))] {
            mock.mock.reset();
            let answer = mock.send(post(&mock, "/messages", &body)).await;
            let broken = matches!(fault, Fault::Reset | Fault::ResetMidBody);
            assert_eq!(answer.is_err(), broken, "{fault}");
            let counters = mock.counters_when(|counters| counters.in_flight == 0).await;
            assert_eq!(counters.total.requests, 1, "{fault}");
        }
    }
}

#[tokio::test]
async fn faults_of_one_wire_are_refused_on_another() {
    let mock = TestMock::start().await;
    let body = with(crate::client::hello("gpt-4o"), metadata(json!({ "mock_fault": "529" })));
    assert_eq!(mock.call("/chat/completions", body).await.status, 400);
}
