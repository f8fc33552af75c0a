//! Paths whose first segment is no upstream: each provider's clients get an error that they can read.

use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, Reply, get, post};

use super::{add, hello, refusal};
use crate::router;

#[tokio::test]
async fn unknown_names_are_listed_only_to_callers_with_a_key() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("ANTHROPIC_API_KEY", ""), ("GEMINI_API_KEY", "")]).await;
    add(&harness, "groq", "http://127.0.0.1:9/v1", &[]).await;
    let key = harness.key().create().await;
    let known = post(&router, "/grok/v1/chat/completions", &key, hello()).await;
    assert!(
        refusal(&known).starts_with("404 There is no upstream `grok`. There are: bedrock, groq, openai"),
        "{}",
        known.text()
    );
    let reader = harness.key().scopes(&[domain::keys::Scope::UsageRead]).create().await;
    for other in ["tm_wrong", "sk-someones", reader.as_str()] {
        let reply = post(&router, "/grok/v1/chat/completions", other, hello()).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        assert!(!reply.text().contains("groq"), "{}", reply.text());
    }
    for path in
        ["/grok/admin.php", "/v1beta2/x/y", "/grok/model/x", "/api/nothing/here", "/healthz/x", "/model/x/y"]
    {
        let reply = get(&router, path, &key).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{path}");
        assert!(!reply.text().contains("openai"), "{path}: {}", reply.text());
    }
    let long = format!("/{}/v1/models", "x".repeat(10_000));
    assert!(get(&router, &long, &key).await.text().len() < 400);
}

/// What an error in each provider's shape says.
fn said(reply: &Reply) -> Vec<Value> {
    let body = reply.json();
    let google =
        body.pointer("/0/error").or_else(|| body.get("error").filter(|error| error["status"].is_string()));
    match (reply.header("x-amzn-errortype"), google) {
        (Some(kind), _) => vec![json!(kind), body["code"].clone(), body["message"].clone()],
        (None, Some(error)) => {
            vec![json!("google"), error["status"].clone(), error["message"].clone()]
        }
        (None, None) => {
            let kind = if body["type"] == "error" { "anthropic" } else { "openai" };
            vec![json!(kind), body["error"]["type"].clone(), body["error"]["message"].clone()]
        }
    }
}

#[tokio::test]
async fn unknown_names_are_refused_in_the_format_of_the_path() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let names = "There are: anthropic, bedrock, gemini, openai.";
    for (path, shape, kind) in [
        ("/v1/chat/completions", "openai", "invalid_request_error"),
        ("/v1/nothing", "openai", "invalid_request_error"),
        ("/chat/completions", "openai", "invalid_request_error"),
        ("/openai/deployments/d/chat/completions", "openai", "invalid_request_error"),
        ("/v1/messages", "anthropic", "not_found_error"),
        ("/messages", "anthropic", "not_found_error"),
        ("/v1beta/models/g:generateContent", "google", "NOT_FOUND"),
        ("/v1beta/models/g:streamGenerateContent", "google", "NOT_FOUND"),
        ("/v1/models/g:countTokens", "google", "NOT_FOUND"),
        ("/model/amazon.nova-pro-v1%3A0/converse", "UnknownOperationException", "endpoint_not_supported"),
        ("/model/arn:aws:bedrock:x/y/converse-stream", "UnknownOperationException", "endpoint_not_supported"),
        ("/model/a/retrieve", "UnknownOperationException", "endpoint_not_supported"),
    ] {
        for name in ["aws-us", "Groq", "gr%C3%B6q"] {
            let reply = post(&router, &format!("/{name}{path}"), &key, hello()).await;
            let message = format!("There is no upstream `{name}`. {names}");
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(said(&reply), [json!(shape), json!(kind), json!(message)], "{path}");
        }
        let unknown = post(&router, &format!("/aws-us{path}"), "tm_wrong", hello()).await;
        let shape = if shape.ends_with("Exception") { "ResourceNotFoundException" } else { shape };
        assert_eq!((unknown.status, &said(&unknown)[0]), (StatusCode::NOT_FOUND, &json!(shape)), "{path}");
        assert!(!unknown.text().contains("anthropic,"), "{}", unknown.text());
    }
    let streamed = post(&router, "/aws-us/v1beta/models/g:streamGenerateContent", &key, hello()).await;
    assert!(streamed.json().is_array(), "{}", streamed.text());
}

#[tokio::test]
async fn paths_below_names_of_our_own_say_what_was_meant() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    for (path, shape, meant) in [
        ("/api/v1/chat/completions", "openai", "Did you mean `/v1/chat/completions`?"),
        (
            "/google/v1beta/models/g:generateContent",
            "google",
            "Did you mean `/v1beta/models/g:generateContent`?",
        ),
        ("/static/v1/messages", "anthropic", "Did you mean `/v1/messages`?"),
        (
            "/model/amazon.nova-pro-v1%3A0/converse",
            "UnknownOperationException",
            "Did you mean `/bedrock/model/amazon.nova-pro-v1%3A0/converse`?",
        ),
    ] {
        let reply = post(&router, path, "", hello()).await;
        assert_eq!((reply.status, &said(&reply)[0]), (StatusCode::NOT_FOUND, &json!(shape)), "{path}");
        assert!(reply.text().contains(meant), "{path}: {}", reply.text());
    }
    assert_eq!(harness.mock.requests().len(), 0);
}
