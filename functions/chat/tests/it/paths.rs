//! Paths and methods that are not served, and models whose names look like paths.

use axum::body::Body;
use http::{HeaderValue, Method, Request, StatusCode, header};
use testkit::{Harness, Reply, get, request, send};

use crate::router;

fn from_a_browser(mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert(header::ORIGIN, HeaderValue::from_static("https://app.example"));
    request
}

fn summary(reply: &Reply) -> String {
    let error = &reply.json()["error"];
    format!(
        "{} {} {}",
        reply.status.as_u16(),
        error["code"].as_str().unwrap(),
        error["message"].as_str().unwrap()
    )
}

#[tokio::test]
async fn paths_that_are_not_served_say_what_to_change() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let mut answers = Vec::new();
    for (method, path) in [
        (Method::POST, "/v1/images/generations"),
        (Method::GET, "/v1"),
        (Method::POST, "/v1/v1/chat/completions"),
        (Method::POST, "/chat/completions"),
        (Method::GET, "/models"),
        (Method::POST, "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"),
        (Method::GET, "/v1/chat/completions"),
        (Method::DELETE, "/v1/models/ft:gpt-4o:org::id"),
        (Method::POST, "/v1/models/openai/gpt-4o"),
    ] {
        let reply = send(&router, from_a_browser(request(method, path, "", ""))).await;
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(reply.header("content-type"), Some("application/json"), "{path}");
        assert_eq!(reply.status == StatusCode::METHOD_NOT_ALLOWED, reply.header("allow").is_some(), "{path}");
        answers.push(summary(&reply));
    }
    insta::assert_snapshot!(answers.join("\n"), @"
    404 endpoint_not_supported Tokenmeter does not serve `POST /v1/images/generations`. It serves POST /v1/chat/completions, POST /v1/responses, POST /v1/responses/compact, POST /v1/responses/input_tokens, GET /v1/responses/{response_id}, DELETE /v1/responses/{response_id}, POST /v1/responses/{response_id}/cancel, GET /v1/responses/{response_id}/input_items, POST /v1/completions, POST /v1/embeddings, POST /v1/moderations, POST /v1/messages, POST /v1/messages/count_tokens, GET /v1/models, GET /v1/models/{model}, GET /v1beta/models, GET /v1beta/models/{model}, POST /v1beta/models/{model}.
    404 endpoint_not_supported Tokenmeter does not serve `GET /v1`. It serves POST /v1/chat/completions, POST /v1/responses, POST /v1/responses/compact, POST /v1/responses/input_tokens, GET /v1/responses/{response_id}, DELETE /v1/responses/{response_id}, POST /v1/responses/{response_id}/cancel, GET /v1/responses/{response_id}/input_items, POST /v1/completions, POST /v1/embeddings, POST /v1/moderations, POST /v1/messages, POST /v1/messages/count_tokens, GET /v1/models, GET /v1/models/{model}, GET /v1beta/models, GET /v1beta/models/{model}, POST /v1beta/models/{model}.
    404 endpoint_not_supported There is no `/v1/v1/chat/completions`. Did you mean `/v1/chat/completions`? Set the base URL of your client to this service's address followed by `/v1`.
    404 endpoint_not_supported There is no `/chat/completions`. Did you mean `/v1/chat/completions`? Set the base URL of your client to this service's address followed by `/v1`.
    404 endpoint_not_supported There is no `/models`. Did you mean `/v1/models`? Set the base URL of your client to this service's address followed by `/v1`.
    404 endpoint_not_supported There is no `/openai/deployments/gpt-4o/chat/completions`. Did you mean `/v1/chat/completions`? Set the base URL of your client to this service's address followed by `/v1`.
    405 endpoint_not_supported Tokenmeter does not serve `GET /v1/chat/completions`. Use POST.
    405 endpoint_not_supported Tokenmeter does not serve `DELETE /v1/models/ft:gpt-4o:org::id`. Use GET.
    405 endpoint_not_supported Tokenmeter does not serve `POST /v1/models/openai/gpt-4o`. Use GET.
    ");
}

#[tokio::test]
async fn every_error_under_v1_can_be_read_by_browsers() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let too_large = vec![b' '; 6 * 1024 * 1024 + 1];
    let path = "/v1/chat/completions";
    for (status, request) in [
        (401, request(Method::POST, path, "", "{}")),
        (400, request(Method::POST, path, &key, "{")),
        (413, request(Method::POST, path, &key, too_large)),
        (404, request(Method::POST, "/v1/nothing", &key, "{}")),
        (404, request(Method::GET, "/v1/models/%FF", &key, "")),
        (405, request(Method::PUT, path, &key, "{}")),
    ] {
        let reply = send(&router, from_a_browser(request)).await;
        assert_eq!(reply.status.as_u16(), status);
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{status}");
        assert!(reply.json()["error"]["message"].is_string(), "{status}");
    }
}

#[tokio::test]
async fn model_names_may_hold_slashes() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for path in ["openai/gpt-4o", "openai%2Fgpt-4o", "accounts/fireworks/models/llama-v3", "@cf/meta/llama"] {
        get(&router, &format!("/v1/models/{path}"), &key).await;
    }
    let asked: Vec<String> = harness.mock.requests().into_iter().map(|request| request.path).collect();
    insta::assert_snapshot!(asked.join("\n"), @"
    /v1/models/openai/gpt-4o
    /v1/models/openai/gpt-4o
    /v1/models/accounts/fireworks/models/llama-v3
    /v1/models/@cf/meta/llama
    ");
    for path in ["..%2Ffiles", "a//b", "a/../b", "a/.", "a/b%3Fc", "a/b%23c"] {
        let reply = get(&router, &format!("/v1/models/{path}"), &key).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}: {}", reply.text());
    }
    assert_eq!(harness.mock.requests().len(), 4);
    let narrow = harness.key().models(&["openai/*"]).create().await;
    assert_eq!(get(&router, "/v1/models/other/gpt-4o", &narrow).await.status, StatusCode::FORBIDDEN);
}
