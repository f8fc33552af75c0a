//! Faults of Gemini's wire.

use mock_provider::{Fault, Wire};
use serde_json::{Value, json};

use super::{hello, metadata, post, send};
use crate::client::{TestMock, with};

const STREAM: &str = "streamGenerateContent?alt=sse";

fn faulty(fault: &str) -> Value {
    let parameters = json!({ "mock_fault": fault, "mock_latency_ms": "1", "mock_chunk_delay_ms": "0" });
    with(hello(), metadata(parameters))
}

#[tokio::test]
async fn errors_have_googles_shape() {
    let mock = TestMock::start().await;
    let cases = [
        ("400", 400, "INVALID_ARGUMENT"),
        ("401", 400, "INVALID_ARGUMENT"),
        ("403", 403, "PERMISSION_DENIED"),
        ("404", 404, "NOT_FOUND"),
        ("429", 429, "RESOURCE_EXHAUSTED"),
        ("quota", 429, "RESOURCE_EXHAUSTED"),
        ("500", 500, "INTERNAL"),
        ("503", 503, "UNAVAILABLE"),
        ("504", 504, "DEADLINE_EXCEEDED"),
    ];
    for (fault, status, name) in cases {
        for method in ["generateContent", STREAM] {
            let answer = send(&mock, method, &faulty(fault)).await;
            let error = &answer.json()["error"];
            assert_eq!(
                (answer.status, &error["status"], &error["code"]),
                (status, &json!(name), &json!(status)),
                "{fault}"
            );
        }
    }
    let details =
        async |fault: &str| send(&mock, STREAM, &faulty(fault)).await.json()["error"]["details"].clone();
    let minute = details("429").await;
    assert!(minute[0]["violations"][0]["quotaId"].as_str().unwrap().contains("PerMinute"));
    assert_eq!(minute[1]["retryDelay"], "0.02s");
    let day = details("quota").await;
    assert!(day[0]["violations"][0]["quotaId"].as_str().unwrap().contains("PerDay") && day[1].is_null());
}

#[tokio::test]
async fn error_may_be_an_array_of_one() {
    let mock = TestMock::start().await;
    let answer = send(&mock, "generateContent", &faulty("error-array")).await;
    assert_eq!((answer.status, &answer.json()[0]["error"]["code"]), (429, &json!(429)));
}

#[tokio::test]
async fn error_in_a_stream_may_be_bare_lines() {
    let mock = TestMock::start().await;
    let answer = send(&mock, STREAM, &faulty("bare-error")).await;
    let (events, error) = answer.text.rsplit_once("\r\n\r\n").unwrap();
    assert!(events.starts_with("data: ") && error.starts_with("{\n"), "{}", answer.text);
    assert_eq!(serde_json::from_str::<Value>(error).unwrap()["error"]["status"], "UNAVAILABLE");
    let framed = send(&mock, STREAM, &faulty("error-in-stream")).await.events();
    assert_eq!(framed.last().unwrap()["error"]["code"], 503);
    assert_eq!(mock.mock.counters().total.answered_without_usage, 2);
}

#[tokio::test]
async fn blocked_prompt_has_no_candidates() {
    let mock = TestMock::start().await;
    for method in ["generateContent", STREAM] {
        mock.mock.reset();
        let answer = send(&mock, method, &faulty("blocked")).await;
        let body = answer.events().pop().unwrap_or_else(|| answer.json());
        assert_eq!(
            (&body["promptFeedback"]["blockReason"], &body["candidates"]),
            (&json!("SAFETY"), &Value::Null)
        );
        assert_eq!(body["usageMetadata"]["totalTokenCount"], body["usageMetadata"]["promptTokenCount"]);
        assert_eq!(mock.mock.counters().total.tokens.total_tokens(), 8);
    }
}

#[tokio::test]
async fn every_fault_of_the_wire_ends() {
    let mock = TestMock::start().await;
    let known = Fault::ALL.iter().chain(Fault::OF_OTHERS).filter(|fault| fault.applies_to(Wire::Gemini));
    for fault in known.filter(|fault| !matches!(fault, Fault::Hang | Fault::HeldOpen)) {
        for method in ["generateContent", STREAM, "streamGenerateContent"] {
            mock.mock.reset();
            let answer = mock.send(post(&mock, method, &faulty(fault.name()))).await;
            assert_eq!(answer.is_err(), matches!(fault, Fault::Reset | Fault::ResetMidBody), "{fault}");
            let counters = mock.counters_when(|counters| counters.in_flight == 0).await;
            assert_eq!(counters.total.requests, 1, "{fault}");
        }
    }
    let other = send(&mock, STREAM, &faulty("529")).await;
    assert_eq!(other.status, 400);
}
