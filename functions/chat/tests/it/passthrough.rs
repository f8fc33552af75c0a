//! `POST /v1/…` without streaming: bytes pass through in both directions, with metering around them.

use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, post, request, send};

use crate::router;

#[tokio::test]
async fn request_and_response_bytes_pass_through_unchanged() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    // Unusual spacing, an unknown field, a number too long for a float, an escape: all must survive.
    let body = r#"{ "model":"gpt-4o" ,"messages":[{"role":"user","content":"caf\u00e9"}], "x_new":{"n":12345678901234567890123} }"#;
    let reply = send(&router, request(Method::POST, "/v1/chat/completions", &key, body)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let sent = &harness.mock.requests()[0];
    assert_eq!(sent.body, body.as_bytes());
    assert_eq!(sent.header("authorization"), Some("Bearer sk-mock-of-the-tests"));
    assert!(reply.text().contains("\n  \"usage\": {"), "the provider's own spacing: {}", reply.text());
    assert_eq!(reply.header("openai-organization"), Some("org-mock"));
    assert!(reply.header("x-tokenmeter-overhead-ms").unwrap().parse::<f64>().unwrap() > 0.0);
    let row = harness.only_row().await;
    let usd = format!("{:.12}", row["cost_pico_usd"].as_f64().unwrap() / 1e12);
    assert_eq!(reply.header("x-tokenmeter-cost-usd"), Some(usd.trim_end_matches('0')));
}

#[tokio::test]
async fn every_endpoint_is_metered_in_its_own_shape() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let metadata =
        json!({"mock_cached_tokens": "4", "mock_cache_write_tokens": "2", "mock_reasoning_tokens": "3"});
    let long = "one two three four five six seven eight nine ten";
    for (path, body) in [
        (
            "/v1/chat/completions",
            json!({"model": "gpt-5.6", "messages": [{"role": "user", "content": long}], "n": 2, "metadata": metadata}),
        ),
        (
            "/v1/responses",
            json!({"model": "gpt-5.6", "input": long, "metadata": metadata, "service_tier": "fast"}),
        ),
        ("/v1/embeddings", json!({"model": "text-embedding-3-small", "input": [long, "eleven"]})),
    ] {
        let reply = post(&router, path, &key, body).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
    }
    let columns =
        "endpoint, model, served_model, service_tier, status, input_tokens, uncached_tokens, cached_tokens,
        cache_write_tokens, output_tokens, reasoning_tokens, cost_pico_usd";
    let rows = harness.db.rows(&format!("select {columns} from usage_logs order by created_at")).await;
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    {"endpoint":"chat.completions","model":"gpt-5.6","served_model":"gpt-5.6-sol","service_tier":"default","status":"settled","input_tokens":16,"uncached_tokens":10,"cached_tokens":4,"cache_write_tokens":2,"output_tokens":27,"reasoning_tokens":3,"cost_pico_usd":591600000}
    {"endpoint":"responses","model":"gpt-5.6","served_model":"gpt-5.6-sol","service_tier":"priority","status":"settled","input_tokens":16,"uncached_tokens":10,"cached_tokens":4,"cache_write_tokens":2,"output_tokens":15,"reasoning_tokens":3,"cost_pico_usd":703200000}
    {"endpoint":"embeddings","model":"text-embedding-3-small","served_model":"text-embedding-3-small","service_tier":null,"status":"settled","input_tokens":11,"uncached_tokens":11,"cached_tokens":0,"cache_write_tokens":0,"output_tokens":0,"reasoning_tokens":0,"cost_pico_usd":220000}
    "#);
    let served = harness.mock.counters().total.tokens;
    let sum = harness.db.rows("select sum(input_tokens) as i, sum(output_tokens) as o from usage_logs").await;
    assert_eq!((&sum[0]["i"], &sum[0]["o"]), (&json!(served.input_tokens), &json!(served.output_tokens)));
}

#[tokio::test]
async fn tags_sdk_and_retry_count_are_kept() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body =
        json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}).to_string();
    let mut tagged = request(Method::POST, "/v1/chat/completions", &key, body.clone());
    for (name, value) in [
        ("x-usage-tags", "team=search, env=prod"),
        ("x-stainless-lang", "python"),
        ("x-stainless-package-version", "2.1.0"),
        ("x-stainless-retry-count", "1"),
    ] {
        tagged.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    send(&router, tagged).await;
    let row = harness.only_row().await;
    assert_eq!(row["tags"], json!({"team": "search", "env": "prod"}));
    assert_eq!(row["sdk"], "python/2.1.0 retry=1");
    for bad in ["team", "=x", "a=1,a=2", "a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1"] {
        let mut refused = request(Method::POST, "/v1/chat/completions", &key, body.clone());
        refused.headers_mut().insert("x-usage-tags", HeaderValue::from_static(bad));
        assert_eq!(send(&router, refused).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn invalid_requests_get_the_providers_error_shape() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut answers = Vec::new();
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"model":""}"#,
        r#"{"model":7}"#,
        r#"{"model":"m","stream":"yes"}"#,
        r#"{"model":"m","model":"n"}"#,
    ] {
        let reply = send(&router, request(Method::POST, "/v1/responses", &key, body)).await;
        let error = &reply.json()["error"];
        answers.push(format!(
            "{} {} {} {}",
            reply.status.as_u16(),
            error["code"],
            error["param"],
            error["message"]
        ));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    400 "invalid_json" null "The request body is not valid JSON (at byte 0)."
    400 "invalid_json" null "The request body is not valid JSON (at byte 0)."
    400 "invalid_request" null "The request body must be a JSON object."
    400 "invalid_request" "model" "'model' is required."
    400 "invalid_request" "model" "'model' must not be empty."
    400 "invalid_request" "model" "'model' must be a string."
    400 "invalid_request" "stream" "'stream' must be a boolean."
    400 "invalid_request" "model" "'model' appears more than once."
    "#);
    assert_eq!(harness.mock.counters().total.requests, 0);
}

#[tokio::test]
async fn unpriced_model_is_served_and_its_cost_is_unknown() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body = json!({"model": "gpt-99-unheard-of", "messages": [{"role": "user", "content": "Hello"}]});
    let reply = post(&router, "/v1/chat/completions", &key, body).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("x-tokenmeter-cost-usd"), None);
    let row = harness.only_row().await;
    assert_eq!((&row["cost_pico_usd"], &row["price_id"]), (&Value::Null, &Value::Null));
    assert!(row["input_tokens"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn callers_organization_is_forwarded_only_with_their_own_key() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body =
        json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}).to_string();
    for (key, expected) in [(key.as_str(), None), ("sk-callers-own-key", Some("org-of-the-caller"))] {
        harness.mock.reset();
        let mut call = request(Method::POST, "/v1/chat/completions", key, body.clone());
        call.headers_mut().insert("openai-organization", HeaderValue::from_static("org-of-the-caller"));
        assert_eq!(send(&router, call).await.status, StatusCode::OK);
        assert_eq!(harness.mock.requests()[0].header("openai-organization"), expected);
    }
}

#[tokio::test]
async fn browsers_may_call_from_any_origin() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let mut preflight = request(Method::OPTIONS, "/v1/chat/completions", "", "");
    for (name, value) in [
        ("origin", "https://app.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,x-stainless-lang,x-user-label"),
    ] {
        preflight.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let reply = send(&router, preflight).await;
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert!(reply.header("access-control-allow-headers").unwrap().contains("authorization"));
}

#[tokio::test]
async fn compressed_body_is_sent_upstream_as_the_text_it_was() {
    use std::io::Write;
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body =
        json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}).to_string();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"\xef\xbb\xbf").unwrap();
    encoder.write_all(body.as_bytes()).unwrap();
    let mut call = request(Method::POST, "/v1/chat/completions", &key, encoder.finish().unwrap());
    call.headers_mut().insert("content-encoding", HeaderValue::from_static("gzip"));
    assert_eq!(send(&router, call).await.status, StatusCode::OK);
    let sent = &harness.mock.requests()[0];
    assert_eq!((&sent.body[..], sent.header("content-encoding")), (body.as_bytes(), None));

    let mut call = request(Method::POST, "/v1/chat/completions", &key, body);
    call.headers_mut().insert("content-encoding", HeaderValue::from_static("zstd"));
    let refused = send(&router, call).await;
    assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(refused.json()["error"]["code"], "unsupported_encoding");
    assert_eq!(refused.header("accept-encoding"), Some("gzip, identity"));
}

#[tokio::test]
async fn idempotency_keys_of_two_callers_do_not_meet_upstream() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let (one, other) = (harness.key().create().await, harness.key().create().await);
    let body =
        json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}).to_string();
    for key in [&one, &one, &other, "sk-callers-own-key"] {
        let mut call = request(Method::POST, "/v1/chat/completions", key, body.clone());
        call.headers_mut().insert("idempotency-key", HeaderValue::from_static("same"));
        assert_eq!(send(&router, call).await.status, StatusCode::OK);
    }
    let sent: Vec<String> = harness
        .mock
        .requests()
        .iter()
        .map(|request| request.header("idempotency-key").unwrap().to_owned())
        .collect();
    assert_eq!(sent[0], sent[1]);
    assert_ne!(sent[0], sent[2]);
    assert!(sent[..3].iter().all(|key| key.len() == 64 && !key.contains("same")), "{sent:?}");
    // With a key of their own, callers share the account with no one.
    assert_eq!(sent[3], "same");
}
