//! Endpoints beside the main ones: legacy completions, compaction, input counts, moderations.

use serde_json::json;

use crate::client::TestMock;

#[tokio::test]
async fn legacy_completion_reports_totals_alone() {
    let mock = TestMock::start().await;
    let body = json!({ "model": "gpt-3.5-turbo-instruct", "prompt": ["a b", "c"], "n": 2, "max_tokens": 4 });
    let answer = mock.call("/completions", body).await.json();
    assert_eq!(answer["object"], "text_completion");
    assert_eq!(answer["usage"], json!({ "prompt_tokens": 3, "completion_tokens": 16, "total_tokens": 19 }));
    let choices = answer["choices"].as_array().unwrap();
    let indexes: Vec<_> = choices.iter().map(|choice| choice["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, [0, 1, 2, 3]);
    assert!(choices.iter().all(|choice| choice["finish_reason"] == "length"));
    assert!(choices.iter().all(|choice| choice["text"].as_str().unwrap().split_whitespace().count() == 4));
}

#[tokio::test]
async fn legacy_completion_bills_every_candidate() {
    let mock = TestMock::start().await;
    let body = json!({ "model": "babbage-002", "prompt": "a", "n": 1, "best_of": 3, "max_tokens": 5 });
    let answer = mock.call("/completions", body).await.json();
    assert_eq!(answer["choices"].as_array().unwrap().len(), 1);
    assert_eq!(answer["usage"]["completion_tokens"], 15);
}

#[tokio::test]
async fn legacy_stream_reports_usage_if_requested() {
    let mock = TestMock::start().await;
    let mut body = json!({ "model": "davinci-002", "prompt": [1, 2, 3], "stream": true });
    let silent = mock.call("/completions", body.clone()).await;
    assert_eq!(silent.usage(), None);
    assert_eq!(silent.data().last().unwrap(), "[DONE]");
    body["stream_options"] = json!({ "include_usage": true });
    let answer = mock.call("/completions", body).await;
    assert_eq!(answer.usage().unwrap()["prompt_tokens"], 3);
    let text: String = answer
        .events()
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["text"].as_str().map(ToOwned::to_owned))
        .collect();
    assert_eq!(text.split_whitespace().count(), 8);
}

#[tokio::test]
async fn compaction_keeps_user_messages_and_is_billed() {
    let mock = TestMock::start().await;
    let input = json!([
        { "role": "user", "content": "one two" },
        { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "three" }] },
        { "role": "user", "content": "four" },
    ]);
    let body = json!({ "model": "gpt-5.6", "input": input });
    let answer = mock.call("/responses/compact", body.clone()).await.json();
    assert_eq!(answer["object"], "response.compaction");
    let kinds: Vec<_> = answer["output"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["message", "message", "compaction"]);
    assert_eq!(answer["usage"]["input_tokens"], 16);
    let counters = mock.mock.counters();
    assert_eq!(counters.endpoints["/v1/responses/compact"].tokens.input_tokens, 16);

    let counted = mock.call("/responses/input_tokens", body).await.json();
    assert_eq!(counted, json!({ "object": "response.input_tokens", "input_tokens": 16 }));
    assert_eq!(mock.mock.counters().total.requests, 1);
}

#[tokio::test]
async fn moderation_is_free() {
    let mock = TestMock::start().await;
    let answer = mock.call("/moderations", json!({ "input": ["a", "b"] })).await.json();
    assert_eq!(answer["model"], "omni-moderation-latest");
    let results = answer["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[0]["flagged"]), (2, &json!(false)));
    assert_eq!(results[0]["categories"]["self-harm/intent"], false);
    assert_eq!(mock.call("/moderations", json!({})).await.status, 400);
    assert_eq!(mock.mock.counters().total.requests, 0);
}
