//! What `usageMetadata` says, and that it is what the counters have.

use mock_provider::Usage;
use serde_json::{Value, json};

use super::{MODEL, all, configured, hello, metadata, usage_of};
use crate::client::{TestMock, with};

/// The usage, the same in all forms, and the counters of one call.
async fn usage(mock: &TestMock, body: Value) -> (Value, Usage) {
    let [plain, events, array] = all(mock, &body).await;
    assert_eq!((usage_of(&events), usage_of(&array)), (usage_of(&plain), usage_of(&plain)));
    mock.mock.reset();
    super::send(mock, "streamGenerateContent?alt=sse", &body).await;
    let counters = mock.mock.counters();
    assert_eq!(counters.billed[MODEL], counters.total.tokens);
    (usage_of(&plain), counters.total.tokens)
}

#[tokio::test]
async fn thoughts_and_tool_results_are_beside_cached_tokens_inside() {
    let mock = TestMock::start().await;
    let parameters = json!({ "mock_prompt_tokens": 1_000, "mock_cached_tokens": 300, "mock_cached_audio_tokens": 100,
        "mock_input_audio_tokens": 50, "mock_tool_prompt_tokens": 40, "mock_reasoning_tokens": 20, "mock_completion_tokens": 9 });
    let (usage, counted) = usage(&mock, with(hello(), metadata(parameters))).await;
    let count = |name: &str| usage[name].as_u64().unwrap();
    assert_eq!(
        (count("promptTokenCount"), count("cachedContentTokenCount"), count("toolUsePromptTokenCount")),
        (1_000, 400, 40)
    );
    assert_eq!(
        (count("thoughtsTokenCount"), count("candidatesTokenCount"), count("totalTokenCount")),
        (20, 9, 1_069)
    );
    let audio =
        json!([{ "modality": "TEXT", "tokenCount": 300 }, { "modality": "AUDIO", "tokenCount": 100 }]);
    assert_eq!(usage["cacheTokensDetails"], audio);
    assert_eq!(usage["promptTokensDetails"][1], json!({ "modality": "AUDIO", "tokenCount": 150 }));
    let expected = Usage {
        input_tokens: 1_040,
        cached_tokens: 300,
        cached_audio_tokens: 100,
        input_audio_tokens: 50,
        output_tokens: 29,
        reasoning_tokens: 20,
        ..Usage::default()
    };
    assert_eq!(counted, expected);
}

#[tokio::test]
async fn picture_is_part_of_the_candidates() {
    let mock = TestMock::start().await;
    let parameters = json!({ "mock_image_output_tokens": 1_290, "mock_completion_tokens": 5 });
    let (usage, counted) = usage(&mock, with(hello(), metadata(parameters))).await;
    assert_eq!(usage["candidatesTokenCount"], 1_295);
    assert_eq!(usage["candidatesTokensDetails"][1], json!({ "modality": "IMAGE", "tokenCount": 1_290 }));
    assert_eq!((counted.output_tokens, counted.image_output_tokens), (1_295, 1_290));
}

#[tokio::test]
async fn searches_are_grounded_and_beside_the_prompt() {
    let mock = TestMock::start().await;
    let body =
        with(hello(), json!({ "tools": [{ "googleSearch": {} }], "metadata": { "mock_builtin_calls": 3 } }));
    let [plain, ..] = all(&mock, &body).await;
    let queries = &plain[0]["candidates"][0]["groundingMetadata"]["webSearchQueries"];
    assert_eq!(queries.as_array().unwrap().len(), 3);
    let (usage, counted) = usage(&mock, body).await;
    assert_eq!((&usage["toolUsePromptTokenCount"], counted.web_search_requests), (&json!(300), 3));
}

#[tokio::test]
async fn total_may_hide_output() {
    let mock = TestMock::start().await;
    let (usage, counted) =
        usage(&mock, with(hello(), metadata(json!({ "mock_fault": "hidden-total" })))).await;
    let parts = usage["promptTokenCount"].as_u64().unwrap() + usage["candidatesTokenCount"].as_u64().unwrap();
    assert_eq!(
        (usage["totalTokenCount"].as_u64().unwrap(), counted.total_tokens()),
        (parts + 572, parts + 572)
    );
}

#[tokio::test]
async fn counts_run_and_only_the_last_ones_may_come() {
    let mock = TestMock::start().await;
    let thinking = configured(json!({ "thinkingConfig": { "includeThoughts": true } }));
    let events = super::send(&mock, "streamGenerateContent?alt=sse", &thinking).await.events();
    assert!(events[0]["usageMetadata"]["candidatesTokenCount"].is_null());
    assert_eq!(events[0]["usageMetadata"]["thoughtsTokenCount"], 16);
    assert_eq!(events[2]["usageMetadata"]["candidatesTokenCount"], 2);
    let late = with(thinking, metadata(json!({ "mock_fault": "late-usage" })));
    let events = super::send(&mock, "streamGenerateContent?alt=sse", &late).await.events();
    let reported = events.iter().filter(|event| event["usageMetadata"].is_object()).count();
    assert!(reported == 1 && events.last().unwrap()["usageMetadata"].is_object());
}

#[tokio::test]
async fn served_tier_is_in_a_header() {
    let mock = TestMock::start().await;
    let tier = async |body: Value| {
        let answer = super::send(&mock, "generateContent", &body).await;
        answer.headers["x-gemini-service-tier"].to_str().unwrap().to_owned()
    };
    assert_eq!(tier(hello()).await, "standard");
    let priority = with(hello(), json!({ "serviceTier": "priority" }));
    assert_eq!(tier(priority.clone()).await, "priority");
    assert_eq!(tier(with(priority, metadata(json!({ "mock_service_tier": "standard" })))).await, "standard");
}
