//! Amazon Bedrock: passed through byte for byte, metered, refused in AWS's shape.

mod keys;
mod limits;
mod signed;
mod streams;

use axum::Router;
use domain::limits::{Metric, Period};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, post, request, send};

use crate::router;

const NOVA: &str = "/bedrock/model/eu.amazon.nova-pro-v1%3A0/converse";
const CLAUDE: &str = "/bedrock/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke";
const PROVIDER_KEY: &str = "bedrock-mock-of-the-tests";

fn hello() -> Value {
    json!({"messages": [{"role": "user", "content": [{"text": "one two three"}]}]})
}

fn claude() -> Value {
    json!({
        "anthropic_version": "bedrock-2023-05-31", "max_tokens": 64,
        "messages": [{"role": "user", "content": "one two three"}],
    })
}

/// Status, type and stable name of an error in AWS's shape.
fn error(reply: &Reply) -> (u16, String, String) {
    let body = reply.json();
    assert!(body["message"].is_string(), "{body}");
    assert!(reply.header("x-amzn-requestid").is_some());
    let kind = reply.header("x-amzn-errortype").unwrap_or_default().to_owned();
    (reply.status.as_u16(), kind, body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn converse_passes_unchanged_and_is_metered() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body = r#" {"messages" : [{"role":"user","content":[{"text":"one two"}]}], "additionalModelRequestFields": {"x": 1e300}} "#;
    let arn =
        "arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Ainference-profile%2Feu.amazon.nova-pro-v1%3A0";
    for (path, sent_path) in [
        (NOVA.to_owned(), "/model/eu.amazon.nova-pro-v1%3A0/converse".to_owned()),
        ("/bedrock/model/eu.amazon.nova-pro-v1%253A0/converse".to_owned(), "/model/eu.amazon.nova-pro-v1%253A0/converse".to_owned()),
        ("/bedrock/model/eu.amazon.nova-pro-v1:0/converse?x=y".to_owned(), "/model/eu.amazon.nova-pro-v1:0/converse".to_owned()),
        (format!("/bedrock/model/{arn}/converse"), format!("/model/{arn}/converse")),
        // A gateway has decoded it.
        (
            "/bedrock/model/arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0/converse".to_owned(),
            "/model/arn:aws:bedrock:eu-central-1:123456789012:inference-profile%2Feu.amazon.nova-pro-v1:0/converse".to_owned(),
        ),
    ] {
        let mut request = request(Method::POST, &path, &key, body);
        for (name, value) in [("x-user-label", "team"), ("x-amz-date", "20261130T000000Z"), ("amz-sdk-request", "attempt=1")] {
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let reply = send(&router, request).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        let upstream = harness.mock.requests().pop().unwrap();
        assert_eq!((upstream.path.as_str(), &upstream.body[..]), (sent_path.as_str(), body.as_bytes()));
        let bearer = format!("Bearer {PROVIDER_KEY}");
        assert_eq!(upstream.header("authorization"), Some(bearer.as_str()));
        assert_eq!((upstream.header("x-amz-date"), upstream.header("amz-sdk-request")), (None, None));
        let row = harness.ledger().await.pop().unwrap();
        assert_eq!(
            [&row["endpoint"], &row["status"], &row["user_label"], &row["provider"], &row["model"]],
            [
                &json!("bedrock.converse"),
                &json!("settled"),
                &json!("team"),
                &json!("bedrock"),
                &json!("eu.amazon.nova-pro-v1:0")
            ]
        );
        let usage = &reply.json()["usage"];
        assert_eq!(
            (&row["input_tokens"], &row["output_tokens"]),
            (&usage["inputTokens"], &usage["outputTokens"])
        );
        assert_eq!(row["upstream_request_id"].as_str(), reply.header("x-amzn-requestid"));
        assert!(row["cost_pico_usd"].as_i64().unwrap() > 0);
    }
}

#[tokio::test]
async fn invoke_is_metered_by_claudes_usage_or_the_headers() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let reply = post(&router, CLAUDE, &key, claude()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let row = harness.ledger().await.pop().unwrap();
    let usage = &reply.json()["usage"];
    assert_eq!(
        (&row["input_tokens"], &row["output_tokens"]),
        (&usage["input_tokens"], &usage["output_tokens"])
    );
    assert_eq!([&row["endpoint"], &row["status"]], [&json!("bedrock.invoke"), &json!("settled")]);
    for (model, body, output) in [
        ("meta.llama3-8b-instruct-v1%3A0", json!({"prompt": "one two three"}), 8),
        ("amazon.titan-embed-text-v2%3A0", json!({"inputText": "one two three"}), 0),
    ] {
        let reply = post(&router, &format!("/bedrock/model/{model}/invoke"), &key, body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(reply.header("x-amzn-bedrock-input-token-count"), Some("3"));
        let row = harness.ledger().await.pop().unwrap();
        assert_eq!(
            [&row["status"], &row["input_tokens"], &row["output_tokens"]],
            [&json!("settled"), &json!(3), &json!(output)],
            "{model}"
        );
    }
}

#[tokio::test]
async fn count_of_tokens_is_free_even_when_the_budget_is_used_up() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Usd, 0).per(Period::Day).create().await;
    let path = "/bedrock/model/amazon.nova-pro-v1%3A0/count-tokens";
    let reply = post(&router, path, &key, json!({"input": {"converse": hello()}})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.json(), json!({"inputTokens": 9}));
    let row = harness.ledger().await.pop().unwrap();
    assert_eq!([&row["endpoint"], &row["cost_pico_usd"]], [&json!("bedrock.count_tokens"), &json!(0)]);
}

#[tokio::test]
async fn label_comes_from_the_requests_metadata() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut body = hello();
    body["requestMetadata"] = json!({"user_label": "anna"});
    assert_eq!(post(&router, NOVA, &key, body).await.header("x-tokenmeter-user-label"), Some("anna"));
}

#[tokio::test]
async fn other_paths_are_refused_with_what_is_served() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for path in [
        "/bedrock/model/a/retrieve",
        "/bedrock/guardrail/a/version/1/apply",
        "/bedrock/v1/chat/completions",
        "/bedrock/model//converse",
    ] {
        let reply = post(&router, path, &key, hello()).await;
        let (status, kind, code) = error(&reply);
        assert_eq!(
            (status, kind.as_str(), code.as_str()),
            (404, "UnknownOperationException", "endpoint_not_supported"),
            "{path}"
        );
        assert!(reply.text().contains("POST /bedrock/model/{modelId}/converse"), "{}", reply.text());
    }
    let wrong = send(&router, request(Method::GET, NOVA, &key, "")).await;
    assert_eq!(error(&wrong).0, 405);
    for model in ["a%20b", "..%2Fx", "%2e%2e", "a%0Ab"] {
        let reply = post(&router, &format!("/bedrock/model/{model}/converse"), &key, hello()).await;
        assert_eq!(error(&reply).1, "ValidationException", "{model}");
    }
    assert_eq!(harness.mock.requests().len(), 0);
}

/// The same below the name of an upstream, with its own key.
#[tokio::test]
async fn registered_upstream_speaks_it_too() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let router = router(&harness, &[("UPSTREAM_AWS_EU_KEY", "bedrock-key-of-the-eu")]).await;
    let base = format!("http://{}", harness.mock.address());
    harness
        .db
        .execute(&format!(
            "insert into upstreams (name, wire, base_url, auth, price_provider, price_source, adds_stream_options,
                output_bound_member, models)
            values ('aws-eu', 'bedrock', '{base}', 'bearer', 'bedrock', 'table', true, 'max_tokens',
                '{{\"arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1\": \"amazon.nova-pro\"}}')"
        ))
        .await;
    for (model, recorded) in [
        ("amazon.nova-pro-v1%3A0", "amazon.nova-pro-v1:0"),
        (
            "arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fa1",
            "amazon.nova-pro",
        ),
    ] {
        let reply = post(&router, &format!("/aws-eu/model/{model}/converse"), &key, hello()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let sent = harness.mock.requests().pop().unwrap();
        assert_eq!(sent.path, format!("/model/{model}/converse"));
        assert_eq!(sent.header("authorization"), Some("Bearer bedrock-key-of-the-eu"));
        let row = harness.ledger().await.pop().unwrap();
        assert_eq!((&row["model"], &row["status"]), (&json!(recorded), &json!("settled")));
        assert!(row["cost_pico_usd"].as_i64().unwrap() > 0);
    }
    let unknown = post(&router, "/aws-eu/model/a/retrieve", &key, hello()).await;
    assert_eq!(error(&unknown).2, "endpoint_not_supported");
    assert!(unknown.text().contains("POST /aws-eu/model/{modelId}/converse"), "{}", unknown.text());
    let unknown = post(&router, "/aws-eu/v1/chat/completions", &key, hello()).await;
    assert_eq!(error(&unknown).2, "endpoint_not_supported");
}
