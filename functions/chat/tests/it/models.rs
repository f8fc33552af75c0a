//! `GET /v1/models`: the provider's list, within the host's deadline.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use serde_json::json;
use testkit::{Harness, get, request, send};
use tokio::net::TcpListener;
use web::Deadline;

use crate::router;

#[tokio::test]
async fn list_times_out_before_the_hosts_deadline() {
    let harness = Harness::start().await;
    // Accepts connections and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", silent.local_addr().unwrap());
    let (router, key) = (router(&harness, &[("OPENAI_API_BASE", &base)]).await, harness.key().create().await);
    let mut list = request(Method::GET, "/v1/models", &key, "");
    let stopped_at = Instant::now() + Duration::from_millis(5_200);
    list.extensions_mut().insert(Deadline(stopped_at));
    let reply = send(&router, list).await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(Instant::now() < stopped_at, "past the host's deadline");
}

#[tokio::test]
async fn invalid_model_name_is_not_found_in_the_providers_error_shape() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for name in ["%FF", "..%2Fb", ".."] {
        let reply = get(&router, &format!("/v1/models/{name}"), &key).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{name}: {}", reply.text());
        assert_eq!(reply.json()["error"]["code"], json!("not_found"), "{name}");
    }
    assert_eq!(harness.mock.counters().total.requests, 0);
}
