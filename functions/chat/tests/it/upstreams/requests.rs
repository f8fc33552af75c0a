//! What an upstream is sent: Azure's paths, the bounds of a hard limit, and options of streams.

use axum::body::Body;
use domain::limits::Metric;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, get, post, request, send};

use super::{KEYS, add, answering, hello, sent};
use crate::router;
use crate::scripted::{ScriptedProvider, response};

#[tokio::test]
async fn azure_is_reached_by_both_of_its_shapes() {
    let harness = Harness::start().await;
    let azure = answering(3).await;
    let base_url = azure.base_url.replace("/v1", "/openai");
    let router = router(&harness, &KEYS).await;
    let key = harness.key().create().await;
    let columns =
        [("auth", "api-key"), ("models", r#"{"chat-prod": "gpt-4o"}"#), ("adds_stream_options", "false")];
    add(&harness, "azure-eu", &base_url, &columns).await;
    let old = "/azure-eu/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21";
    let mut without_model = hello();
    without_model.as_object_mut().unwrap().remove("model");
    let mut deployment = hello();
    deployment["model"] = json!("chat-prod");
    for (path, body) in [
        (old, without_model.clone()),
        (old, hello()),
        ("/azure-eu/openai/v1/chat/completions", deployment.clone()),
    ] {
        // As Azure's SDKs send the key.
        let mut request = request(Method::POST, path, &key, Body::from(body.to_string()));
        let value = key.parse().unwrap();
        request.headers_mut().remove("authorization");
        request.headers_mut().insert("api-key", value);
        let reply = send(&router, request).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
    }
    let requests: Vec<_> = azure.requests().iter().map(|request| sent(request)).collect();
    let old = "POST /openai/deployments/chat-prod/chat/completions?api-version=2024-10-21 HTTP/1.1";
    let lines: Vec<&str> = requests.iter().map(|(first, ..)| first.as_str()).collect();
    assert_eq!(lines, [old, old, "POST /openai/v1/chat/completions HTTP/1.1"]);
    for (_, keys, _) in &requests {
        assert_eq!(keys, &["api-key: azure-key-of-the-tests"]);
    }
    assert_eq!([&requests[0].2, &requests[1].2, &requests[2].2], [&without_model, &hello(), &deployment]);
    for row in harness.ledger().await {
        assert_eq!((&row["model"], &row["served_model"]), (&json!("gpt-4o"), &json!("gpt-4o-2024-08-06")));
        assert!(row["cost_pico_usd"].as_i64().unwrap() > 0);
    }
    let empty =
        post(&router, "/azure-eu/openai/deployments/chat-prod/chat/completions", &key, json!({})).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn hard_limit_needs_a_price_and_fills_in_the_bound_that_the_upstream_knows() {
    let harness = Harness::start().await;
    let groq = answering(2).await;
    let router = router(&harness, &KEYS).await;
    let key = harness.key().create().await;
    add(&harness, "groq", &groq.base_url, &[("models", r#"{"fast": "gpt-4o"}"#)]).await;
    harness.limit(Metric::Usd, 5_000_000_000_000).create().await;
    let mut body = hello();
    body["model"] = json!("unknown-deployment");
    let reply = post(&router, "/groq/v1/chat/completions", &key, body.clone()).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (StatusCode::BAD_REQUEST, &json!("model_not_priced"))
    );
    body["model"] = json!("fast");
    body["max_tokens"] = Value::Null;
    let reply = post(&router, "/groq/v1/chat/completions", &key, body.clone()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let (_, _, sent_body) = sent(&groq.requests()[0]);
    assert!(sent_body["max_tokens"].is_i64() && sent_body["max_completion_tokens"].is_null(), "{sent_body}");
    body["max_tokens"] = json!(7);
    assert_eq!(post(&router, "/groq/v1/chat/completions", &key, body.clone()).await.status, StatusCode::OK);
    assert_eq!(sent(&groq.requests()[1]).2, body);
}

#[tokio::test]
async fn streams_are_asked_for_usage_only_where_the_upstream_takes_it() {
    let events = "data: {\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n\
        data: {\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\n\n\
        data: [DONE]\n\n";
    for adds in ["true", "false"] {
        let harness = Harness::start().await;
        let answer = response("200 OK", "content-type: text/event-stream\r\n", events.as_bytes());
        let groq = ScriptedProvider::once(answer).await;
        let router = router(&harness, &KEYS).await;
        let key = harness.key().create().await;
        add(&harness, "groq", &groq.base_url, &[("adds_stream_options", adds)]).await;
        let mut body = hello();
        body["stream"] = json!(true);
        let reply = post(&router, "/groq/v1/chat/completions", &key, body).await;
        let asked = sent(&groq.requests()[0]).2["stream_options"]["include_usage"] == json!(true);
        // What the upstream sends by itself, the caller gets.
        assert_eq!(
            (asked, reply.text().contains("usage")),
            (adds == "true", adds == "false"),
            "{}",
            reply.text()
        );
        let row = harness.only_row().await;
        assert_eq!((&row["input_tokens"], &row["status"]), (&json!(9), &json!("settled")));
    }
}

#[tokio::test]
async fn work_in_the_background_is_refused_where_nothing_settles_it() {
    let harness = Harness::start().await;
    let router = router(&harness, &KEYS).await;
    let key = harness.key().create().await;
    add(&harness, "groq", "http://127.0.0.1:9/v1", &[]).await;
    let body = json!({"model": "gpt-4o", "input": "Hi", "background": true});
    let reply = post(&router, "/groq/v1/responses", &key, body).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["param"]),
        (StatusCode::BAD_REQUEST, &json!("background"))
    );
}

#[tokio::test]
async fn gemini_of_another_host_is_served_and_metered_below_its_name() {
    let harness = Harness::start().await;
    let base_url = format!("http://{}/at/vertex-eu", harness.mock.address());
    let columns = [("wire", "gemini"), ("auth", "x-goog-api-key"), ("price_provider", "google")];
    add(&harness, "vertex-eu", &base_url, &columns).await;
    let router = router(&harness, &[("UPSTREAM_VERTEX_EU_KEY", "vertex-key-of-the-tests")]).await;
    let key = harness.key().create().await;
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "one two three"}]}]});
    for (method, is_billed) in [
        ("generateContent", true),
        ("streamGenerateContent?alt=sse", true),
        ("streamGenerateContent", true),
        ("countTokens", false),
    ] {
        harness.db.execute("truncate usage_logs").await;
        let path = format!("/vertex-eu/v1beta/models/gemini-3.5-flash:{method}");
        let reply = post(&router, &path, &key, body.clone()).await;
        assert_eq!(
            (reply.status, reply.header("x-tokenmeter-upstream")),
            (StatusCode::OK, Some("vertex-eu"))
        );
        let sent = harness.mock.requests().pop().unwrap();
        assert_eq!(sent.path, format!("/v1beta/models/gemini-3.5-flash:{method}"));
        assert_eq!(sent.headers.get("x-goog-api-key").unwrap(), "vertex-key-of-the-tests");
        assert!(!sent.headers.contains_key("authorization"));
        let row = harness.only_row().await;
        assert_eq!((&row["status"], &row["provider"]), (&json!("settled"), &json!("google")), "{method}");
        assert_eq!(row["cost_pico_usd"].as_i64() > Some(0), is_billed, "{method}: {row}");
    }
    let billed = harness.mock.counters().total.tokens;
    assert!(billed.input_tokens > 0, "{billed:?}");
    let listed = get(&router, "/vertex-eu/v1beta/models", &key).await;
    assert!(listed.json()["models"].is_array(), "{}", listed.text());
    let found = get(&router, "/vertex-eu/v1beta/models/gemini-3.5-flash", &key).await;
    assert_eq!(found.json()["name"], "models/gemini-3.5-flash", "{}", found.text());
    let refused = post(&router, "/vertex-eu/v1beta/models/gemini-3.5-flash:predict", &key, body).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["status"]),
        (StatusCode::NOT_FOUND, &json!("NOT_FOUND"))
    );
}
