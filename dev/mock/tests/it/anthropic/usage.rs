//! What the usage of a message says, and that it is what the counters have.

use mock_provider::{CacheSplit, Usage};
use serde_json::{Value, json};

use super::{MODEL, assert_counted, hello, metadata, send, streamed, total_input, usage_of};
use crate::client::{TestMock, with};

/// The usage of a plain answer, which that of a stream matches, and the counters of the stream.
async fn usage(mock: &TestMock, parameters: Value) -> (Value, Value, mock_provider::Counters) {
    let body = with(hello(), metadata(parameters));
    let plain = send(mock, &body).await;
    assert_eq!(plain.status, 200, "{}", plain.text);
    mock.mock.reset();
    let stream = send(mock, &streamed(body)).await;
    let start = stream.events()[0]["message"]["usage"].clone();
    (plain.json()["usage"].clone(), start, mock.mock.counters())
}

#[tokio::test]
async fn cache_counts_are_beside_the_input() {
    let mock = TestMock::start().await;
    let parameters = json!({ "mock_prompt_tokens": 1_000, "mock_cached_tokens": 400, "mock_cache_write_tokens": 200,
        "mock_cache_write_long_tokens": 100, "mock_completion_tokens": 9 });
    let (usage, start, counters) = usage(&mock, parameters).await;
    let split = json!({ "ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100 });
    assert_eq!((&usage["input_tokens"], &usage["cache_read_input_tokens"]), (&json!(300), &json!(400)));
    assert_eq!((&usage["cache_creation_input_tokens"], &usage["cache_creation"]), (&json!(300), &split));
    assert_eq!((&start["input_tokens"], &start["output_tokens"]), (&json!(300), &json!(1)));
    let expected = Usage {
        input_tokens: 1_000,
        cached_tokens: 400,
        cache_write_tokens: 200,
        cache_write_long_tokens: 100,
        output_tokens: 9,
        ..Usage::default()
    };
    assert_eq!((counters.total.tokens, counters.billed[MODEL]), (expected, expected));
    assert_counted(&counters, &usage);
}

#[tokio::test]
async fn split_may_be_short_or_missing() {
    let mock = TestMock::start().await;
    for (split, short) in [(CacheSplit::Short, json!(100)), (CacheSplit::None, Value::Null)] {
        let parameters = json!({ "mock_cache_write_tokens": 200, "mock_cache_split": split });
        let (usage, start, counters) = usage(&mock, parameters).await;
        for usage in [&usage, &start] {
            assert_eq!(usage["cache_creation_input_tokens"], 200);
            assert_eq!(usage["cache_creation"]["ephemeral_5m_input_tokens"], short);
        }
        assert_eq!(counters.total.tokens.cache_write_tokens, 200);
    }
}

#[tokio::test]
async fn input_and_writes_may_grow_until_the_end() {
    let mock = TestMock::start().await;
    let parameters = json!({ "mock_prompt_tokens": 10_682, "mock_late_input_tokens": 8_003, "mock_cache_write_tokens": 90,
        "mock_late_cache_write_tokens": 40 });
    let (usage, start, counters) = usage(&mock, parameters).await;
    assert_eq!(start["input_tokens"], 10_682 - 8_003 - 90);
    assert_eq!(start["cache_creation"]["ephemeral_5m_input_tokens"], 50);
    assert_eq!((total_input(&usage), &usage["cache_creation_input_tokens"]), (10_682, &json!(90)));
    assert_counted(&counters, &usage);
}

#[tokio::test]
async fn end_may_report_the_output_alone() {
    let mock = TestMock::start().await;
    let body = streamed(with(hello(), metadata(json!({ "mock_output_only_delta": true }))));
    let answer = send(&mock, &body).await;
    let end = answer.events().into_iter().find(|event| event["type"] == "message_delta").unwrap();
    assert_eq!(end["usage"].as_object().unwrap().keys().collect::<Vec<_>>(), ["output_tokens"]);
    assert_counted(&mock.mock.counters(), &usage_of(&answer));
}

#[tokio::test]
async fn breakpoints_cache_what_precedes_them() {
    let mock = TestMock::start().await;
    let marked = |ttl: Value| json!([{ "type": "text", "text": "one two three", "cache_control": { "type": "ephemeral", "ttl": ttl } }]);
    let first = with(hello(), json!({ "system": marked(Value::Null) }));
    let usage = usage_of(&send(&mock, &first).await);
    assert_eq!(
        (&usage["input_tokens"], &usage["cache_creation"]["ephemeral_5m_input_tokens"]),
        (&json!(3), &json!(8))
    );
    let messages = json!([
        { "role": "user", "content": "hello there" },
        { "role": "assistant", "content": "hi" },
        { "role": "user", "content": marked(json!("1h")) },
    ]);
    let usage = usage_of(&send(&mock, &with(hello(), json!({ "messages": messages }))).await);
    assert_eq!((&usage["input_tokens"], &usage["cache_read_input_tokens"]), (&json!(3), &json!(9)));
    assert_eq!(usage["cache_creation"]["ephemeral_1h_input_tokens"], 6);
}

#[tokio::test]
async fn steps_of_other_models_are_billed_at_their_rates() {
    let mock = TestMock::start().await;
    let steps = "declined:claude-mythos-5:412:0,declined:claude-fable-5:400:30,compaction:180000:3500,advisor:claude-opus-5:823:1612";
    let parameters =
        json!({ "mock_prompt_tokens": 23_000, "mock_completion_tokens": 1_000, "mock_iterations": steps });
    let body = with(hello(), metadata(parameters));
    let plain = send(&mock, &body).await.json();
    let iterations = plain["usage"]["iterations"].as_array().unwrap();
    let kinds: Vec<&Value> = iterations.iter().map(|step| &step["type"]).collect();
    assert_eq!(kinds, ["message", "message", "compaction", "fallback_message", "advisor_message"]);
    assert_eq!((&iterations[3]["model"], &iterations[3]["input_tokens"]), (&json!(MODEL), &json!(23_000)));
    assert!(iterations[2]["model"].is_null());
    assert_eq!((&plain["model"], &plain["usage"]["input_tokens"]), (&json!(MODEL), &json!(23_000)));

    mock.mock.reset();
    let tagged = with(
        body,
        metadata(json!({ "mock_tag": "t", "mock_prompt_tokens": 23_000, "mock_iterations": steps })),
    );
    let stream = send(&mock, &streamed(tagged)).await;
    assert_eq!(stream.events()[0]["message"]["model"], "claude-mythos-5");
    assert_eq!(usage_of(&stream)["iterations"].as_array().unwrap().len(), 5);
    let counters = mock.mock.counters();
    let call = &counters.calls["t"][0];
    let models: Vec<&str> = call.steps.iter().map(|step| step.model.as_str()).collect();
    assert_eq!(models, [MODEL, MODEL, "claude-opus-5", "claude-fable-5"]);
    assert_eq!(call.usage.unwrap().input_tokens, 23_000 + 180_000 + 823 + 400);
    assert_eq!(counters.billed[MODEL].input_tokens, 203_000);
    assert_eq!(
        (counters.billed["claude-opus-5"].output_tokens, counters.billed["claude-fable-5"].output_tokens),
        (1_612, 30)
    );
    assert!(!counters.billed.contains_key("claude-mythos-5"));
}

#[tokio::test]
async fn rates_are_named() {
    let mock = TestMock::start().await;
    let body = with(hello(), json!({ "speed": "fast", "inference_geo": "us" }));
    let usage = usage_of(&send(&mock, &streamed(body.clone())).await);
    assert_eq!((&usage["speed"], &usage["inference_geo"]), (&json!("fast"), &json!("us")));
    assert_eq!(usage["service_tier"], "standard");
    let slower = with(body, metadata(json!({ "mock_speed": "standard", "mock_service_tier": "priority" })));
    let usage = usage_of(&send(&mock, &slower).await);
    assert_eq!((&usage["speed"], &usage["service_tier"]), (&json!("standard"), &json!("priority")));
    let plain = usage_of(&send(&mock, &hello()).await);
    assert_eq!((&plain["speed"], &plain["inference_geo"]), (&Value::Null, &json!("global")));
}

#[tokio::test]
async fn refusal_before_output_is_counted_but_not_billed() {
    let mock = TestMock::start().await;
    let body = with(hello(), metadata(json!({ "mock_fault": "refusal", "mock_tag": "t" })));
    for body in [body.clone(), streamed(body)] {
        mock.mock.reset();
        let answer = send(&mock, &body).await;
        let counters = mock.mock.counters();
        assert_eq!((answer.status, &usage_of(&answer)["output_tokens"]), (200, &json!(0)));
        assert_eq!(counters.calls["t"][0].usage.unwrap().input_tokens, 8);
        assert!(!counters.calls["t"][0].is_billed && counters.billed.is_empty());
    }
    mock.mock.reset();
    let late = with(hello(), metadata(json!({ "mock_fault": "late-refusal", "mock_completion_tokens": 9 })));
    let answer = send(&mock, &late).await;
    assert_eq!(
        (&answer.json()["stop_reason"], &usage_of(&answer)["output_tokens"]),
        (&json!("refusal"), &json!(5))
    );
    assert_counted(&mock.mock.counters(), &usage_of(&answer));
}
