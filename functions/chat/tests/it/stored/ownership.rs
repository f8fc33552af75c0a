//! Who may use a response: the key that made it, and keys that are bound to its label.

use http::{Method, StatusCode};
use serde_json::json;
use testkit::{Harness, get, post, request, send};

use super::{call, create, id_of};
use crate::router;

const ACTIONS: [(Method, &str); 4] =
    [(Method::GET, ""), (Method::GET, "/input_items"), (Method::POST, "/cancel"), (Method::DELETE, "")];

#[tokio::test]
async fn others_get_the_providers_error_for_an_unknown_response() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let maker = harness.key().create().await;
    let body = json!({"model": "gpt-4o-mini", "input": "Hello", "metadata": {"user_label": "ann"}});
    let id = id_of(&post(&router, "/v1/responses", &maker, body).await);
    let sent = harness.mock.requests().len();
    let other = harness.key().create().await;
    let bob = harness.key().label("bob").create().await;
    for (method, action) in ACTIONS {
        let path = format!("/v1/responses/{id}{action}");
        for key in [&other, &bob] {
            let reply = call(&router, method.clone(), &path, key).await;
            let message = format!("Response with id '{id}' not found.");
            let error = json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
            assert_eq!((reply.status, reply.json()), (StatusCode::NOT_FOUND, error), "{method} {action}");
        }
        // Naming the label proves nothing.
        let mut naming = request(method, &path, &other, axum::body::Body::empty());
        naming.headers_mut().insert("x-user-label", "ann".parse().unwrap());
        assert_eq!(send(&router, naming).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(harness.mock.requests().len(), sent, "the provider was not asked");
    assert_eq!(harness.ledger().await.len(), 1, "refusals are no calls");

    // A key that is bound to the label, and the maker, whatever label it names.
    let ann = harness.key().label("ann").create().await;
    assert_eq!(get(&router, &format!("/v1/responses/{id}"), &ann).await.status, StatusCode::OK);
    let mut naming = request(Method::GET, &format!("/v1/responses/{id}"), &maker, axum::body::Body::empty());
    naming.headers_mut().insert("x-user-label", "carl".parse().unwrap());
    assert_eq!(send(&router, naming).await.status, StatusCode::OK);
    let labels = harness.db.rows("select user_label from usage_logs order by created_at").await;
    let labels: Vec<_> = labels.iter().map(|row| row["user_label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["ann", "ann", "carl"]);
}

#[tokio::test]
async fn key_without_a_label_does_not_reach_what_other_unlabelled_keys_made() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let (one, two) = (harness.key().create().await, harness.key().create().await);
    let id = id_of(&create(&router, &one, json!({})).await);
    assert_eq!(get(&router, &format!("/v1/responses/{id}"), &two).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_way_to_make_a_response_is_remembered() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let other = harness.key().create().await;
    for more in [
        json!({}),
        json!({"stream": true}),
        json!({"background": true}),
        json!({"background": true, "stream": true}),
        // An answer that breaks off may be stored all the same.
        json!({"stream": true, "metadata": {"mock_fault": "truncated"}}),
    ] {
        let id = id_of(&create(&router, &key, more.clone()).await);
        let path = format!("/v1/responses/{id}");
        assert_eq!(get(&router, &path, &key).await.status, StatusCode::OK, "{more}");
        assert_eq!(get(&router, &path, &other).await.status, StatusCode::NOT_FOUND, "{more}");
    }
    let compacted =
        post(&router, "/v1/responses/compact", &key, json!({"model": "gpt-5.6", "input": "one"})).await;
    let owner = "select model from provider_objects where object_id = '";
    let owners = harness.db.rows(&format!("{owner}{}'", compacted.json()["id"].as_str().unwrap())).await;
    assert_eq!(owners, [json!({"model": "gpt-5.6"})]);
    // Neither is stored at the provider.
    let id = id_of(&create(&router, &key, json!({"store": false})).await);
    assert!(harness.db.rows(&format!("{owner}{id}'")).await.is_empty());
    assert_eq!(get(&router, &format!("/v1/responses/{id}"), &key).await.status, StatusCode::NOT_FOUND);
}

/// The row is there when the first event with the id is.
#[tokio::test]
async fn owner_is_recorded_before_the_id_leaves() {
    use futures_util::StreamExt;
    use tower::ServiceExt;
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body = json!({"model": "gpt-4o-mini", "input": "Hello", "stream": true, "metadata": {"mock_chunk_delay_ms": "50"}});
    let response =
        router.oneshot(request(Method::POST, "/v1/responses", &key, body.to_string())).await.unwrap();
    let mut events = response.into_body().into_data_stream();
    let first = events.next().await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&first).into_owned();
    let id = text[text.find("resp_").unwrap()..].split('"').next().unwrap().to_owned();
    let known = harness.db.rows(&format!("select from provider_objects where object_id = '{id}'")).await;
    assert_eq!(known.len(), 1);
    // The caller hangs up, and the response is still theirs.
    drop(events);
}

#[tokio::test]
async fn caller_with_a_provider_key_reads_what_the_provider_lets_it_read() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let own = "sk-of-the-caller";
    let id = id_of(&create(&router, own, json!({})).await);
    let path = format!("/v1/responses/{id}");
    assert_eq!(get(&router, &path, own).await.status, StatusCode::OK);
    assert_eq!(
        harness.mock.requests().pop().unwrap().header("authorization"),
        Some("Bearer sk-of-the-caller")
    );
    // Of another account, as far as this key is concerned.
    assert_eq!(get(&router, &path, &key).await.status, StatusCode::NOT_FOUND);
    // A response that was made elsewhere.
    assert_eq!(get(&router, "/v1/responses/resp_elsewhere", own).await.status, StatusCode::NOT_FOUND);
    let rows = harness.ledger().await;
    let models: Vec<_> = rows.iter().map(|row| row["model"].as_str().unwrap()).collect();
    assert_eq!(models, ["gpt-4o-mini", "gpt-4o-mini", "unknown"]);
}

#[tokio::test]
async fn wrong_keys_and_ids_are_refused_as_such() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let reader = harness.key().scopes(&[domain::keys::Scope::UsageRead]).create().await;
    let key = harness.key().create().await;
    for (path, key, status, code) in [
        ("/v1/responses/resp_1", "", 401, "invalid_api_key"),
        ("/v1/responses/resp_1", "tm_wrong", 401, "invalid_api_key"),
        ("/v1/responses/resp_1", reader.as_str(), 403, "scope_missing"),
        ("/v1/responses/resp_1%2F..%2F..%2Ffiles", key.as_str(), 404, "null"),
        ("/v1/responses/%FF", key.as_str(), 404, "null"),
        ("/v1/responses/resp%201?x=1", key.as_str(), 404, "null"),
        ("/v1/responses/compact", key.as_str(), 405, "endpoint_not_supported"),
        ("/v1/responses/resp_1/cancel", key.as_str(), 405, "endpoint_not_supported"),
        ("/v1/responses/resp_1/other", key.as_str(), 404, "endpoint_not_supported"),
    ] {
        let reply = get(&router, path, key).await;
        let found = reply.json()["error"]["code"].as_str().unwrap_or("null").to_owned();
        assert_eq!((reply.status.as_u16(), found.as_str()), (status, code), "{path}: {}", reply.text());
    }
    assert!(harness.mock.requests().is_empty());
    let advice = get(&router, "/v1/responses/compact", &key).await.json()["error"]["message"].clone();
    assert_eq!(advice, "Tokenmeter does not serve `GET /v1/responses/compact`. Use POST.");
}
