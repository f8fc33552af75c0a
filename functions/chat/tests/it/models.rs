//! `GET /v1/models`: the provider's list, within the host's deadline.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use serde_json::json;
use testkit::{Harness, get, request, send};
use tokio::net::TcpListener;
use web::Deadline;

use crate::router;

#[tokio::test]
async fn list_is_given_up_while_there_is_time_to_say_so() {
    let harness = Harness::start().await;
    // It takes connections, and answers none.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", silent.local_addr().unwrap());
    let (router, key) = (router(&harness, &[("OPENAI_API_BASE", &base)]).await, harness.key().create().await);
    let mut asked = request(Method::GET, "/v1/models", &key, "");
    let stopped_at = Instant::now() + Duration::from_millis(5_200);
    asked.extensions_mut().insert(Deadline(stopped_at));
    let reply = send(&router, asked).await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(Instant::now() < stopped_at, "its host has stopped it");
}

#[tokio::test]
async fn name_that_is_no_text_is_an_unknown_model_in_the_providers_shape() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for name in ["%FF", "a%2Fb", ".."] {
        let reply = get(&router, &format!("/v1/models/{name}"), &key).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{name}: {}", reply.text());
        assert_eq!(reply.json()["error"]["code"], json!("not_found"), "{name}");
    }
    assert_eq!(harness.mock.counters().total.requests, 0);
}
