//! Requests that cost nothing, keys, and which requests belong to a session.

use serde_json::{Value, json};

use super::{hello, metadata, post, send};
use crate::client::{TestMock, with};

#[tokio::test]
async fn token_count_is_that_of_the_message() {
    let mock = TestMock::start().await;
    let body = with(hello(), json!({ "system": "be kind", "tools": [{ "name": "a", "input_schema": {} }] }));
    let counted = mock.send(post(&mock, "/messages/count_tokens?beta=true", &body)).await.unwrap();
    assert!(mock.mock.counters().total.requests == 0 && counted.headers.contains_key("request-id"));
    assert_eq!(counted.json()["input_tokens"], send(&mock, &body).await.json()["usage"]["input_tokens"]);
    for member in ["messages", "model"] {
        let missing = with(hello(), json!({ member: null }));
        let refused = mock.send(post(&mock, "/messages/count_tokens", &missing)).await.unwrap();
        assert_eq!(
            (refused.status, &refused.json()["error"]["message"]),
            (400, &json!(format!("{member}: Field required")))
        );
    }
}

#[tokio::test]
async fn models_are_listed_for_callers_that_name_a_version() {
    let mock = TestMock::start().await;
    let get = async |path: &str| {
        let url = format!("http://{}/v1{path}", mock.mock.address());
        let request =
            mock.http.get(url).header("x-api-key", "sk-ant").header("anthropic-version", "2023-06-01");
        mock.send(request).await.unwrap()
    };
    let list = get("/models?limit=1000").await.json();
    assert_eq!((&list["has_more"], &list["first_id"]), (&json!(false), &list["data"][0]["id"]));
    assert_eq!(list["data"][0]["type"], "model");
    let dated = get("/models/claude-haiku-4-5").await.json();
    assert_eq!(dated["id"], "claude-haiku-4-5-20251001");
    let missing = get("/models/gpt-4o").await;
    assert_eq!((missing.status, &missing.json()["error"]["type"]), (404, &json!("not_found_error")));
    assert_eq!(mock.get("/models").await.json()["object"], "list");
}

#[tokio::test]
async fn probe_is_answered_without_a_key() {
    let mock = TestMock::start().await;
    let answer = mock.http.head(format!("http://{}/api/hello", mock.mock.address())).send().await.unwrap();
    assert_eq!(answer.status(), 204);
}

#[tokio::test]
async fn key_is_taken_from_both_places_and_never_a_tokenmeter_key_from_any() {
    let mock = TestMock::start().await;
    let url = format!("http://{}/v1/messages", mock.mock.address());
    let ask = async |headers: &[(&'static str, &str)], query: &str| {
        let mut request = mock.http.post(format!("{url}{query}")).body(hello().to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        mock.send(request).await.unwrap().status
    };
    assert_eq!(ask(&[("authorization", "Bearer sk-ant")], "").await, 200);
    assert_eq!(ask(&[("x-api-key", "sk-ant")], "?beta=true").await, 200);
    assert_eq!(ask(&[], "").await, 401);
    for leak in ["authorization", "x-api-key", "x-goog-api-key", "api-key"] {
        let value = if leak == "authorization" { "Bearer tm_abc" } else { "tm_abc" };
        let key = if leak == "x-api-key" { "authorization" } else { "x-api-key" };
        assert_eq!(ask(&[(key, "Bearer sk-ant"), (leak, value)], "").await, 401, "{leak}");
    }
    assert_eq!(ask(&[("x-api-key", "sk-ant")], "?key=tm_abc").await, 401);
}

#[tokio::test]
async fn calls_of_claude_code_are_tagged_with_their_session() {
    let mock = TestMock::start().await;
    let now = json!({ "user_id": r#"{"device_id":"d","account_uuid":"a","session_id":"s-1"}"# });
    let before = json!({ "user_id": "user_abc_account__session_s-2" });
    for user in [now, before, json!({ "user_id": "someone" }), Value::Null] {
        let request = post(&mock, "/messages", &with(hello(), metadata(user)));
        mock.send(request.header("x-client-request-id", "r-1")).await.unwrap();
    }
    let calls = mock.mock.counters().calls;
    assert_eq!((calls["s-1"].len(), calls["s-2"].len(), calls["r-1"].len()), (1, 1, 2));
}
