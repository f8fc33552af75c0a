//! Providers that close connections before they answer.

use std::time::Duration;

use domain::limits::Metric;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, post};

use super::{COMPLETION, PATH, hello};
use crate::router;
use crate::scripted::{ScriptedProvider, response};

#[tokio::test]
async fn kept_alive_connection_that_was_closed_is_replaced_once() {
    let harness = Harness::start().await;
    let fine = vec![response("200 OK", "content-type: application/json\r\n", COMPLETION.as_bytes())];
    let closed = Vec::new();
    let provider = ScriptedProvider::start(vec![vec![fine.clone(), closed], vec![fine]]).await;
    let changes = [("OPENAI_API_BASE", provider.base_url.as_str()), ("UPSTREAM_MAX_RETRIES", "0")];
    let (router, key) = (router(&harness, &changes).await, harness.key().create().await);
    for _ in 0..2 {
        let reply = post(&router, PATH, &key, hello()).await;
        assert_eq!((reply.status, reply.text()), (StatusCode::OK, COMPLETION.to_owned()));
    }
    let attempts: Vec<Value> =
        harness.ledger().await.into_iter().map(|row| row["attempts"].clone()).collect();
    assert_eq!(attempts, [json!(1), json!(2)]);
    assert_eq!(provider.requests().len(), 3);
}

#[tokio::test]
async fn request_under_a_hard_limit_is_not_sent_again_over_a_new_connection() {
    let harness = Harness::start().await;
    let fine = vec![response("200 OK", "content-type: application/json\r\n", COMPLETION.as_bytes())];
    let closed = Vec::new();
    // The second request fails whether the first one's connection is still in use or not.
    let connections = vec![vec![fine.clone(), closed.clone()], vec![closed], vec![fine]];
    let provider = ScriptedProvider::start(connections).await;
    let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
    harness.limit(Metric::Tokens, 1_000_000).label("careful").create().await;
    let key = harness.key().label("careful").create().await;
    assert_eq!(post(&router, PATH, &key, hello()).await.status, StatusCode::OK);
    let reply = post(&router, PATH, &key, hello()).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    assert_eq!(provider.requests().len(), 2);
    assert!(harness.ledger().await.iter().all(|row| row["attempts"] == 1));
}

#[tokio::test]
async fn request_under_a_hard_limit_uses_no_connection_that_was_idle_for_long() {
    let harness = Harness::start().await;
    let fine = vec![response("200 OK", "content-type: application/json\r\n", COMPLETION.as_bytes())];
    let closed = Vec::new();
    let provider = ScriptedProvider::start(vec![vec![fine.clone(), closed], vec![fine]]).await;
    let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
    harness.limit(Metric::Tokens, 1_000_000).label("careful").create().await;
    let key = harness.key().label("careful").create().await;
    assert_eq!(post(&router, PATH, &key, hello()).await.status, StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(4_100)).await;
    assert_eq!(post(&router, PATH, &key, hello()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn new_connection_that_was_closed_is_not_replaced() {
    let harness = Harness::start().await;
    let provider = ScriptedProvider::start(vec![vec![Vec::new()]]).await;
    let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
    let reply = post(&router, PATH, &harness.key().create().await, hello()).await;
    // The provider may have worked on the request, and may bill it.
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (StatusCode::BAD_GATEWAY, &json!("upstream_interrupted"))
    );
    assert_eq!(harness.only_row().await["attempts"], 1);
}
