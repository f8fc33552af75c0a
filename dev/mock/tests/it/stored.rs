//! Stored responses and work in the background.

use mock_provider::{Fault, Match};
use serde_json::{Value, json};

use crate::client::{TestMock, TestResponse, with};

async fn post(mock: &TestMock, path: &str) -> TestResponse {
    mock.call(path, json!({})).await
}

async fn delete(mock: &TestMock, path: &str) -> TestResponse {
    let request = mock.http.delete(format!("{}{path}", mock.mock.base_url()));
    mock.send(request.header("authorization", "Bearer sk-test")).await.expect("an answer")
}

async fn create(mock: &TestMock, options: Value) -> (String, TestResponse) {
    let body = with(json!({ "model": "gpt-5.6", "input": "hi" }), options);
    let answer = mock.call("/responses", body).await;
    let whole = if answer.text.starts_with('{') {
        answer.json()
    } else {
        answer.events().last().expect("an event")["response"].clone()
    };
    (format!("/responses/{}", whole["id"].as_str().expect("an id")), answer)
}

#[tokio::test]
async fn response_is_kept_until_it_is_deleted() {
    let mock = TestMock::start().await;
    let (path, answer) = create(&mock, json!({})).await;
    assert_eq!(mock.get(&path).await.json(), answer.json());
    let items = mock.get(&format!("{path}/input_items")).await.json();
    assert_eq!(items["data"][0]["content"], json!([{ "type": "input_text", "text": "hi" }]));
    assert_eq!((&items["has_more"], &items["first_id"]), (&json!(false), &items["data"][0]["id"]));
    assert_eq!(post(&mock, &format!("{path}/cancel")).await.status, 400);
    assert_eq!(delete(&mock, &path).await.json()["deleted"], true);
    for answer in
        [mock.get(&path).await, delete(&mock, &path).await, post(&mock, &format!("{path}/cancel")).await]
    {
        assert_eq!(answer.status, 404, "{}", answer.text);
    }
    // Retrieving costs nothing.
    assert_eq!(mock.mock.counters().total.requests, 1);
}

#[tokio::test]
async fn response_is_not_kept_if_the_caller_says_so() {
    let mock = TestMock::start().await;
    for stream in [false, true] {
        let (path, _) = create(&mock, json!({ "store": false, "stream": stream })).await;
        assert_eq!(mock.get(&path).await.status, 404);
        let (path, _) = create(&mock, json!({ "stream": stream })).await;
        assert_eq!(mock.get(&path).await.status, 200);
    }
    let refused = json!({ "model": "gpt-5.6", "input": "hi", "background": true, "store": false });
    assert_eq!(mock.call("/responses", refused).await.status, 400);
}

#[tokio::test]
async fn background_work_is_billed_when_it_is_retrieved() {
    let mock = TestMock::start().await;
    let options =
        json!({ "background": true, "metadata": { "mock_background_polls": "1", "mock_tag": "later" } });
    let (path, queued) = create(&mock, options).await;
    assert_eq!(queued.json()["status"], "queued");
    assert_eq!(mock.get(&path).await.json()["status"], "in_progress");
    assert_eq!(mock.mock.counters().total.tokens.output_tokens, 0);
    for _ in 0..2 {
        let done = mock.get(&path).await.json();
        assert_eq!((&done["status"], &done["usage"]["output_tokens"]), (&json!("completed"), &json!(9)));
    }
    let counters = mock.mock.counters();
    assert_eq!((counters.total.tokens.output_tokens, counters.total.requests), (9, 1));
    let usages: Vec<_> =
        counters.calls["later"].iter().map(|call| call.usage.map(|usage| usage.output_tokens)).collect();
    assert_eq!(usages, [None, Some(9)]);
}

#[tokio::test]
async fn cancelled_work_is_never_billed() {
    let mock = TestMock::start().await;
    let (path, _) = create(&mock, json!({ "background": true })).await;
    assert_eq!(post(&mock, &format!("{path}/cancel")).await.json()["status"], "cancelled");
    let after = mock.get(&path).await.json();
    assert_eq!((&after["status"], &after["usage"]), (&json!("cancelled"), &Value::Null));
    assert_eq!(mock.mock.counters().total.tokens.output_tokens, 0);
}

#[tokio::test]
async fn background_stream_can_be_read_again_from_any_event() {
    let mock = TestMock::start().await;
    let (path, stream) = create(&mock, json!({ "background": true, "stream": true })).await;
    let again = mock.get(&format!("{path}?stream=true&starting_after=3")).await;
    assert_eq!(again.events(), stream.events()[4..]);
    assert_eq!(mock.get(&format!("{path}?stream=true")).await.events(), stream.events());
    let (plain, _) = create(&mock, json!({})).await;
    assert_eq!(mock.get(&format!("{plain}?stream=true")).await.status, 400);
}

#[tokio::test]
async fn retrieval_fails_on_demand() {
    let mock = TestMock::start().await;
    let (path, _) = create(&mock, json!({ "background": true })).await;
    mock.mock.script_for(Match::model("responses/retrieve"), [Fault::ServerError]);
    assert_eq!(mock.get(&path).await.status, 500);
    assert_eq!(mock.mock.counters().total.tokens.output_tokens, 0);
    assert_eq!(mock.get(&path).await.json()["status"], "completed");
}
