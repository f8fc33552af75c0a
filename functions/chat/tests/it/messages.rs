//! Anthropic's messages: passed through byte for byte, metered, refused in Anthropic's shape.

use axum::body::Body;
use domain::limits::{Metric, Period};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, post, request, send};

use crate::router;

const MODEL: &str = "claude-opus-5";

fn hello() -> Value {
    json!({"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": "one two three"}]})
}

fn with(mut request: Request<Body>, headers: &[(&'static str, &str)]) -> Request<Body> {
    for (name, value) in headers {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::try_from(*value).unwrap());
    }
    request
}

/// `type` and `code` of an error in Anthropic's shape.
fn error(reply: &Reply) -> (String, String) {
    let body = reply.json();
    assert_eq!(body["type"], "error", "{body}");
    assert!(body["request_id"].is_string() && body["error"]["message"].is_string(), "{body}");
    let text = |name: &str| body["error"][name].as_str().unwrap().to_owned();
    (text("type"), text("code"))
}

#[tokio::test]
async fn message_passes_unchanged_and_is_metered() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body = format!(
        r#" {{"model" : "{MODEL}", "max_tokens":64, "new_member": [1e300], "messages":[{{"role":"user","content":"one two"}}]}} "#
    );
    let sent = with(
        request(Method::POST, "/v1/messages?beta=true", &key, body.clone()),
        &[
            ("anthropic-version", "2023-06-01"),
            ("anthropic-beta", "one-2027,two-2027"),
            ("x-user-label", "team-a"),
        ],
    );
    let reply = send(&router, sent).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let upstream = harness.mock.requests().pop().unwrap();
    assert_eq!((upstream.path.as_str(), &upstream.body[..]), ("/v1/messages?beta=true", body.as_bytes()));
    assert_eq!(upstream.header("anthropic-beta"), Some("one-2027,two-2027"));
    assert_eq!(upstream.header("x-api-key"), Some("sk-ant-mock-of-the-tests"));
    assert_eq!(upstream.header("authorization"), None);
    let usage = &reply.json()["usage"];
    let row = harness.only_row().await;
    assert_eq!(
        (&row["endpoint"], &row["status"], &row["user_label"]),
        (&json!("messages"), &json!("settled"), &json!("team-a"))
    );
    assert_eq!(
        (&row["input_tokens"], &row["output_tokens"]),
        (&usage["input_tokens"], &usage["output_tokens"])
    );
    assert_eq!(row["upstream_request_id"].as_str(), reply.header("request-id"));
}

#[tokio::test]
async fn stream_passes_unchanged_and_is_settled_before_its_last_event() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut body = hello();
    body["stream"] = json!(true);
    let reply = post(&router, "/v1/messages", &key, body).await;
    let text = reply.text();
    assert!(text.starts_with("event: message_start\ndata: {"), "{text}");
    assert!(text.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"), "{text}");
    let row = harness.only_row().await;
    assert_eq!((&row["status"], &row["stream"]), (&json!("settled"), &json!(true)), "{row}");
    let served = harness.mock.counters().total.tokens;
    assert_eq!(
        (row["input_tokens"].as_u64(), row["output_tokens"].as_u64()),
        (Some(served.input_tokens), Some(served.output_tokens))
    );
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn count_of_tokens_is_free_even_when_the_budget_is_used_up() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Usd, 0).per(Period::Day).create().await;
    let mut body = hello();
    body.as_object_mut().unwrap().remove("max_tokens");
    let reply = post(&router, "/v1/messages/count_tokens?beta=true", &key, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(reply.json()["input_tokens"].is_number());
    let row = harness.only_row().await;
    assert_eq!((&row["endpoint"], &row["cost_pico_usd"]), (&json!("messages.count_tokens"), &json!(0)));
}

#[tokio::test]
async fn key_is_found_wherever_an_sdk_puts_it() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let other = harness.key().create().await;
    let ask = async |path: &str, headers: &[(&'static str, &str)]| {
        let mut request = request(Method::POST, path, "", hello().to_string());
        request.headers_mut().remove("authorization");
        send(&router, with(request, headers)).await
    };
    let bearer = format!("Bearer {key}");
    for headers in [
        [("x-api-key", key.as_str())].as_slice(),
        &[("authorization", &bearer)],
        &[("authorization", &bearer), ("x-api-key", &key)],
        &[("x-goog-api-key", &key)],
        &[("api-key", &key)],
        &[("x-tokenmeter-key", &key)],
        // A placeholder that an SDK insists on.
        &[("authorization", &bearer), ("x-api-key", "unused")],
    ] {
        let reply = ask("/v1/messages", headers).await;
        assert_eq!(reply.status, StatusCode::OK, "{headers:?}: {}", reply.text());
    }
    assert_eq!(ask(&format!("/v1/messages?beta=true&key={key}"), &[]).await.status, StatusCode::OK);
    for sent in harness.mock.requests() {
        assert_eq!(sent.header("x-api-key"), Some("sk-ant-mock-of-the-tests"));
        assert!(!format!("{sent:?}").contains(&key), "our key reached the provider");
    }
    let two = ask("/v1/messages", &[("authorization", &bearer), ("x-api-key", &other)]).await;
    assert_eq!(two.status, StatusCode::UNAUTHORIZED);
    assert_eq!(error(&two), ("authentication_error".to_owned(), "invalid_api_key".to_owned()));
    assert_eq!(ask("/v1/messages", &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn callers_own_key_is_anthropics() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let ask = async |key: &str| {
        let mut request = request(Method::POST, "/v1/messages", "", hello().to_string());
        request.headers_mut().remove("authorization");
        send(&router, with(request, &[("x-api-key", key)])).await
    };
    assert_eq!(ask("sk-ant-of-the-caller").await.status, StatusCode::OK);
    assert_eq!(harness.mock.requests().pop().unwrap().header("x-api-key"), Some("sk-ant-of-the-caller"));
    // One of OpenAI is not shown to Anthropic.
    let sent = harness.mock.requests().len();
    assert_eq!(ask("sk-proj-of-openai").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(harness.mock.requests().len(), sent);
}

#[tokio::test]
async fn refusals_have_anthropics_shape() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    let ask =
        async |body: &str| send(&router, request(Method::POST, "/v1/messages", &key, body.to_owned())).await;
    for (body, message) in [
        ("{", "The request body is not valid JSON (at byte 0)."),
        (r#"{"messages":[]}"#, "'model' is required."),
        (r#"{"model":"m","max_tokens":-1}"#, "'max_tokens' must be a non-negative integer."),
    ] {
        let reply = ask(body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert_eq!(error(&reply).0, "invalid_request_error");
        assert_eq!(reply.json()["error"]["message"], message);
    }
    let limit = harness.limit(Metric::Requests, 1).per(Period::Day).label("a").create().await;
    assert_eq!(ask(&hello().to_string()).await.status, StatusCode::OK);
    let refused = ask(&hello().to_string()).await;
    assert_eq!(
        (refused.status, refused.header("x-should-retry")),
        (StatusCode::TOO_MANY_REQUESTS, Some("false"))
    );
    assert_eq!(error(&refused), ("billing_error".to_owned(), "quota_exceeded".to_owned()), "{limit:?}");
}

/// Clients know these words, and stop.
#[tokio::test]
async fn used_up_budget_is_a_billing_error() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Usd, 0).per(Period::Day).label("a").create().await;
    let refused = post(&router, "/v1/messages", &key, hello()).await;
    assert_eq!(
        (refused.status, refused.header("x-should-retry")),
        (StatusCode::TOO_MANY_REQUESTS, Some("false"))
    );
    assert_eq!(error(&refused).0, "billing_error");
    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("spend limit reached (daily; resets "), "{message}");
}

#[tokio::test]
async fn providers_errors_pass_unchanged() {
    let harness = Harness::start().await;
    let (router, key) =
        (router(&harness, &[("UPSTREAM_MAX_RETRIES", "0")]).await, harness.key().create().await);
    for (fault, status) in [("529", 529), ("429", 429), ("402", 402)] {
        let mut body = hello();
        body["model"] = json!(format!("{MODEL}?fault={fault}"));
        let reply = post(&router, "/v1/messages", &key, body).await;
        assert_eq!(reply.status.as_u16(), status, "{}", reply.text());
        let body = reply.json();
        assert_eq!((&body["type"], body["error"]["code"].is_null()), (&json!("error"), true), "{body}");
    }
}

#[tokio::test]
async fn cut_stream_ends_with_an_error_event() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut body = hello();
    body["stream"] = json!(true);
    body["model"] = json!(format!("{MODEL}?fault=truncated"));
    let reply = post(&router, "/v1/messages", &key, body).await;
    let text = reply.text();
    let last = text.trim_end().rsplit("\n\n").next().unwrap();
    assert!(last.starts_with("event: error\ndata: {\"type\":\"error\""), "{text}");
    let row = harness.only_row().await;
    assert_eq!(
        (&row["status"], &row["error_code"]),
        (&json!("estimated"), &json!("stream_truncated")),
        "{row}"
    );
    assert_eq!(row["output_tokens"], 64, "the bound, since a model may think without showing it");
}

#[tokio::test]
async fn models_are_anthropics_for_its_clients() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().models(&["claude-*"]).create().await);
    let list = request(Method::GET, "/v1/models?limit=1000", &key, "");
    let reply = send(&router, with(list, &[("anthropic-version", "2023-06-01")])).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(
        reply.json()["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|model| model["id"].as_str().unwrap().starts_with("claude"))
    );
    let refused =
        with(request(Method::GET, "/v1/models/gpt-4o", &key, ""), &[("anthropic-version", "2023-06-01")]);
    assert_eq!(error(&send(&router, refused).await).0, "permission_error");
}

#[tokio::test]
async fn deployment_without_a_key_of_anthropic_says_so() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[("ANTHROPIC_API_KEY", "")]).await, harness.key().create().await);
    let reply = post(&router, "/v1/messages", &key, hello()).await;
    assert_eq!(
        (reply.status, reply.header("x-should-retry")),
        (StatusCode::SERVICE_UNAVAILABLE, Some("false"))
    );
    assert_eq!(error(&reply), ("api_error".to_owned(), "provider_key_missing".to_owned()));
}

#[tokio::test]
async fn claude_codes_sessions_are_tags_and_not_labels() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut body = hello();
    body["metadata"] = json!({"user_id": r#"{"device_id":"d","account_uuid":"u","session_id":"s1"}"#});
    let request = request(Method::POST, "/v1/messages", &key, body.to_string());
    send(&router, with(request, &[("user-agent", "claude-cli/2.1.86 (external, cli)")])).await;
    let row = harness.only_row().await;
    assert_eq!(row["user_label"], "unlabelled", "{row}");
    assert_eq!(row["tags"], json!({"client": "claude-code", "session": "s1"}));
}

#[tokio::test]
async fn wrong_paths_of_anthropic_say_what_to_change() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let reply = post(&router, "/v1/v1/messages", &key, hello()).await;
    assert_eq!((reply.status, error(&reply).0.as_str()), (StatusCode::NOT_FOUND, "not_found_error"));
    let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        message.ends_with("Set the base URL of your client to this service's address, without `/v1`."),
        "{message}"
    );
    let batches = post(&router, "/v1/messages/batches", &key, hello()).await;
    assert_eq!((batches.status, error(&batches).0.as_str()), (StatusCode::NOT_FOUND, "not_found_error"));
}
