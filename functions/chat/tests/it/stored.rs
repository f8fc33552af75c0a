//! `/v1/responses/{id}`: relayed byte for byte, for the owner alone.

mod background;
mod foreign;
mod ownership;

use axum::Router;
use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, get, post, request, send};

use crate::router;

pub(crate) async fn create(router: &Router, key: &str, more: Value) -> Reply {
    let mut body = json!({"model": "gpt-4o-mini", "input": "Hello"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = post(router, "/v1/responses", key, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply
}

/// The id of a response, plain or streamed.
pub(crate) fn id_of(reply: &Reply) -> String {
    let text = reply.text();
    let start = text.find("resp_").expect("an id");
    text[start..].split('"').next().unwrap().to_owned()
}

pub(crate) async fn call(router: &Router, method: Method, path: &str, key: &str) -> Reply {
    send(router, request(method, path, key, Body::empty())).await
}

#[tokio::test]
async fn stored_response_is_relayed_byte_for_byte_and_costs_nothing() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let id = id_of(&create(&router, &key, json!({"user": "ann"})).await);
    for (method, path) in [
        (Method::GET, format!("/v1/responses/{id}?include%5B%5D=message.output_text.logprobs")),
        (Method::GET, format!("/v1/responses/{id}/input_items?limit=1&order=asc")),
        (Method::POST, format!("/v1/responses/{id}/cancel")),
        (Method::DELETE, format!("/v1/responses/{id}")),
        (Method::GET, format!("/v1/responses/{id}")),
    ] {
        let reply = call(&router, method.clone(), &path, &key).await;
        let sent = harness.mock.requests().pop().unwrap();
        assert_eq!((sent.method.as_str(), sent.path.as_str()), (method.as_str(), path.as_str()));
        assert!(sent.body.is_empty());
        let expected = match path.as_str() {
            path if path.ends_with("/cancel") => StatusCode::BAD_REQUEST,
            _ if harness.mock.requests().len() == 6 => StatusCode::NOT_FOUND,
            _ => StatusCode::OK,
        };
        assert_eq!(reply.status, expected, "{method} {path}: {}", reply.text());
        assert!(reply.header("x-tokenmeter-call-id").is_some());
    }
    let columns = "endpoint, model, user_label, status, http_status, cost_pico_usd, input_tokens";
    let rows = harness
        .db
        .rows(&format!("select {columns} from usage_logs where cost_pico_usd = 0 order by created_at"))
        .await;
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    {"endpoint":"responses.retrieve","model":"gpt-4o-mini","user_label":"ann","status":"settled","http_status":200,"cost_pico_usd":0,"input_tokens":0}
    {"endpoint":"responses.input_items","model":"gpt-4o-mini","user_label":"ann","status":"settled","http_status":200,"cost_pico_usd":0,"input_tokens":0}
    {"endpoint":"responses.cancel","model":"gpt-4o-mini","user_label":"ann","status":"failed","http_status":400,"cost_pico_usd":0,"input_tokens":0}
    {"endpoint":"responses.delete","model":"gpt-4o-mini","user_label":"ann","status":"settled","http_status":200,"cost_pico_usd":0,"input_tokens":0}
    {"endpoint":"responses.retrieve","model":"gpt-4o-mini","user_label":"ann","status":"failed","http_status":404,"cost_pico_usd":0,"input_tokens":0}
    "#);
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn background_stream_is_streamed_again_from_an_event_on() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let first = create(&router, &key, json!({"background": true, "stream": true})).await;
    let path = format!("/v1/responses/{}?stream=true&starting_after=3", id_of(&first));
    let again = get(&router, &path, &key).await;
    assert_eq!(again.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert!(!again.text().is_empty() && first.text().ends_with(&again.text()), "{}", again.text());
    assert!(
        again.text().contains("\"sequence_number\":4") && !again.text().contains("\"sequence_number\":3,")
    );
    let rows = harness.ledger().await;
    assert_eq!((&rows[1]["endpoint"], &rows[1]["stream"]), (&json!("responses.retrieve"), &json!(true)));
    assert_eq!((&rows[1]["status"], &rows[1]["cost_pico_usd"]), (&json!("settled"), &json!(0)));
}

/// A response that failed is retrieved successfully.
#[tokio::test]
async fn retrieving_a_failed_response_is_no_failed_call() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let failed = create(&router, &key, json!({"metadata": {"mock_fault": "failed"}})).await;
    let reply = get(&router, &format!("/v1/responses/{}", id_of(&failed)), &key).await;
    assert_eq!((reply.status, &reply.json()["status"]), (StatusCode::OK, &json!("failed")));
    let rows = harness.ledger().await;
    assert_eq!((&rows[0]["status"], &rows[1]["status"]), (&json!("failed"), &json!("settled")));
    assert_eq!(rows[1]["error_code"], Value::Null);
}

#[tokio::test]
async fn calls_about_stored_responses_count_as_requests_alone() {
    use domain::limits::Metric;
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let id = id_of(&create(&router, &key, json!({})).await);
    for (metric, amount) in [(Metric::Usd, 1), (Metric::Tokens, 1), (Metric::Requests, 1)] {
        harness.limit(metric, amount).create().await;
    }
    let path = format!("/v1/responses/{id}");
    assert_eq!(get(&router, &path, &key).await.status, StatusCode::OK);
    let refused = get(&router, &path, &key).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text());
}
