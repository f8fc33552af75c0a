//! Gemini's content: passed through byte for byte, metered, refused in Google's shape.

mod keys;
mod limits;
mod models;
mod streams;

use axum::Router;
use axum::body::Body;
use domain::limits::{Metric, Period};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, request, send};

use crate::router;

const MODEL: &str = "gemini-3.5-flash";
const PLAIN: &str = "/v1beta/models/gemini-3.5-flash:generateContent";
const STREAM: &str = "/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse";
const ARRAY: &str = "/v1beta/models/gemini-3.5-flash:streamGenerateContent";
const PROVIDER_KEY: &str = "gemini-mock-of-the-tests";

fn hello() -> Value {
    json!({"contents": [{"role": "user", "parts": [{"text": "one two three"}]}]})
}

/// A request that says what the mock provider shall do.
fn steered(parameters: &[(&str, &str)]) -> Value {
    let mut body = hello();
    for (name, value) in parameters {
        body["metadata"][format!("mock_{name}")] = json!(value);
    }
    body
}

fn with(mut request: Request<Body>, headers: &[(&'static str, &str)]) -> Request<Body> {
    for (name, value) in headers {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::try_from(*value).unwrap());
    }
    request
}

/// As Google's SDKs send it.
async fn ask(router: &Router, path: &str, key: &str, body: &Value) -> Reply {
    let mut request = request(Method::POST, path, "", body.to_string());
    request.headers_mut().remove("authorization");
    send(router, with(request, &[("x-goog-api-key", key)])).await
}

/// Status by name and reason of an error in Google's shape.
fn error(reply: &Reply) -> (String, String) {
    let body = reply.json();
    let error = &body["error"];
    assert_eq!(error["code"], reply.status.as_u16(), "{body}");
    assert!(error["message"].is_string(), "{body}");
    let detail = &error["details"][0];
    assert_eq!(detail["@type"], "type.googleapis.com/google.rpc.ErrorInfo", "{body}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&error["status"]), text(&detail["reason"]))
}

#[tokio::test]
async fn content_passes_unchanged_and_is_metered() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body = r#" {"contents" : [{"parts":[{"text":"one two"}]}], "new_member": [1e300]} "#;
    for (path, sent_path) in [
        (PLAIN, PLAIN),
        ("/v1/models/gemini-3.5-flash:generateContent", "/v1/models/gemini-3.5-flash:generateContent"),
        (
            "/v1alpha/models/gemini-3.5-flash:generateContent",
            "/v1alpha/models/gemini-3.5-flash:generateContent",
        ),
        ("/gemini/v1beta/models/gemini-3.5-flash:generateContent", PLAIN),
    ] {
        let request = with(
            request(Method::POST, path, "", body),
            &[
                ("x-goog-api-key", &key),
                ("x-goog-api-client", "google-genai-sdk/1.50.0 gl-python/3.13"),
                ("x-server-timeout", "60"),
                ("x-user-label", path),
            ],
        );
        let reply = send(&router, request).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let upstream = harness.mock.requests().pop().unwrap();
        assert_eq!((upstream.path.as_str(), &upstream.body[..]), (sent_path, body.as_bytes()));
        assert_eq!(upstream.header("x-goog-api-client"), Some("google-genai-sdk/1.50.0 gl-python/3.13"));
        assert_eq!(upstream.header("x-server-timeout"), Some("60"));
        assert_eq!(upstream.header("x-goog-api-key"), Some(PROVIDER_KEY));
        assert_eq!(upstream.header("authorization"), None);
        let usage = &reply.json()["usageMetadata"];
        let row = harness.ledger().await.pop().unwrap();
        assert_eq!(
            [&row["endpoint"], &row["status"], &row["user_label"], &row["provider"], &row["model"]],
            [
                &json!("models.generate_content"),
                &json!("settled"),
                &json!(path),
                &json!("google"),
                &json!(MODEL)
            ]
        );
        assert_eq!(
            (&row["input_tokens"], &row["output_tokens"]),
            (&usage["promptTokenCount"], &usage["candidatesTokenCount"])
        );
        assert_eq!(row["upstream_request_id"], reply.json()["responseId"]);
        assert!(row["cost_pico_usd"].as_i64().unwrap() > 0);
    }
}

#[tokio::test]
async fn count_of_tokens_is_free_even_when_the_budget_is_used_up() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Usd, 0).per(Period::Day).create().await;
    let reply = ask(&router, "/v1beta/models/gemini-3.5-flash:countTokens", &key, &hello()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(reply.json()["totalTokens"].is_number());
    let row = harness.only_row().await;
    assert_eq!((&row["endpoint"], &row["cost_pico_usd"]), (&json!("models.count_tokens"), &json!(0)));
}

#[tokio::test]
async fn embeddings_without_usage_are_estimated_by_their_bytes() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let one = json!({"content": {"parts": [{"text": "one two three"}]}, "outputDimensionality": 2});
    let many = json!({"requests": [
        {"model": "models/gemini-embedding-001", "content": {"parts": [{"text": "one"}]}},
        {"content": {"parts": [{"text": "two"}]}},
    ]});
    for (method, body, endpoint) in [
        ("embedContent", one, "models.embed_content"),
        ("batchEmbedContents", many, "models.batch_embed_contents"),
    ] {
        let path = format!("/v1beta/models/gemini-embedding-001:{method}");
        let reply = ask(&router, &path, &key, &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let row = harness.ledger().await.pop().unwrap();
        let bytes = i64::try_from(body.to_string().len()).unwrap() + 1_024;
        assert_eq!((&row["endpoint"], &row["status"]), (&json!(endpoint), &json!("estimated")));
        assert_eq!((&row["input_tokens"], &row["output_tokens"]), (&json!(bytes), &json!(0)));
    }
}

#[tokio::test]
async fn providers_errors_pass_unchanged() {
    let harness = Harness::start().await;
    let (router, key) =
        (router(&harness, &[("UPSTREAM_MAX_RETRIES", "0")]).await, harness.key().create().await);
    for (fault, status, name) in [
        ("400", 400, "INVALID_ARGUMENT"),
        ("403", 403, "PERMISSION_DENIED"),
        ("429", 429, "RESOURCE_EXHAUSTED"),
        ("error-array", 429, "RESOURCE_EXHAUSTED"),
        ("503", 503, "UNAVAILABLE"),
    ] {
        for path in [PLAIN, STREAM] {
            let reply = ask(&router, path, &key, &steered(&[("fault", fault)])).await;
            assert_eq!(reply.status.as_u16(), status, "{}", reply.text());
            let body = reply.json();
            let body = if fault == "error-array" { &body[0] } else { &body };
            assert_eq!(body["error"]["status"], name, "{body}");
            let row = harness.ledger().await.pop().unwrap();
            assert_eq!([&row["status"], &row["error_code"]], [&json!("failed"), &json!(name)], "{fault}");
            assert_eq!(row["cost_pico_usd"], 0, "{fault}");
        }
    }
}

/// A quota of a day is not there again after a wait.
#[tokio::test]
async fn quota_of_a_day_is_not_tried_again() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for (fault, attempts) in [("quota", 1), ("429", 3), ("429-then-ok", 2)] {
        let before = harness.mock.requests().len();
        ask(&router, PLAIN, &key, &steered(&[("fault", fault), ("retry_after", "0.001")])).await;
        assert_eq!(harness.mock.requests().len() - before, attempts, "{fault}");
    }
}

#[tokio::test]
async fn wrong_paths_say_what_to_change() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for (path, status, words) in [
        ("/v1beta/v1beta/models/g:generateContent", 404, "Did you mean `/v1beta/models/g:generateContent`?"),
        ("/v1beta/models/g:predict", 404, "Of a model it serves generateContent"),
        ("/v1beta/models/g", 404, "Of a model it serves generateContent"),
        ("/v1beta/files", 404, "does not serve `POST /v1beta/files`"),
        ("/v1beta/cachedContents", 404, "does not serve `POST /v1beta/cachedContents`"),
        ("/gemini/v1beta/interactions", 404, "does not serve"),
        ("/v1beta/models/..%2Fx:generateContent", 400, "The model in the path"),
        ("/v1beta/models/a%3Fb:generateContent", 400, "The model in the path"),
        ("/v1beta/models/g:generateContent?alt=proto", 400, "'alt' must be `json` or `sse`."),
    ] {
        let reply = ask(&router, path, &key, &hello()).await;
        assert_eq!(reply.status.as_u16(), status, "{path}: {}", reply.text());
        let body = reply.json();
        assert!(body["error"]["message"].as_str().unwrap().contains(words), "{path}: {body}");
        error(&reply);
    }
    let wrong_method = send(&router, request(Method::PUT, PLAIN, &key, "")).await;
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(error(&wrong_method).0, "UNIMPLEMENTED");
    let message = wrong_method.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with("Use GET or POST."), "{message}");
}

#[tokio::test]
async fn gemini_cli_is_a_tag() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let request = with(
        request(Method::POST, PLAIN, &key, hello().to_string()),
        &[("user-agent", "GeminiCLI/0.20.0/gemini-3.5-flash (linux; x64)")],
    );
    send(&router, request).await;
    assert_eq!(harness.only_row().await["tags"], json!({"client": "gemini-cli"}));
}

/// As Google's own servers do.
#[tokio::test]
async fn server_timeout_of_a_client_bounds_its_call() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let started = std::time::Instant::now();
    let request = request(Method::POST, PLAIN, &key, steered(&[("fault", "hang")]).to_string());
    let reply = send(&router, with(request, &[("x-server-timeout", "1")])).await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT, "{}", reply.text());
    // The provider has 20 s in these tests.
    assert!(started.elapsed().as_secs() < 15, "{:?}", started.elapsed());
    assert_eq!(harness.only_row().await["error_code"], "upstream_timeout");
    for unreadable in ["0", "soon", "-1", ""] {
        let request = testkit::request(Method::POST, PLAIN, &key, hello().to_string());
        let reply = send(&router, with(request, &[("x-server-timeout", unreadable)])).await;
        assert_eq!(reply.status, StatusCode::OK, "{unreadable}: {}", reply.text());
    }
}
