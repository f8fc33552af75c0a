//! Limits: bounds filled in, and refusals that AWS's clients do not repeat.

use super::*;

/// The body that reached the provider.
fn sent(harness: &Harness) -> String {
    String::from_utf8(harness.mock.requests().pop().unwrap().body.to_vec()).unwrap()
}

#[tokio::test]
async fn bound_is_filled_in_where_the_caller_set_none() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Tokens, 100_000).per(Period::Day).label("a").create().await;
    let claude = r#"{"anthropic_version":"bedrock-2023-05-31","messages":[]"#;
    for (path, body, filled) in [
        (
            NOVA,
            r#"{"messages":[]"#.to_owned(),
            r#"{"messages":[],"inferenceConfig":{"maxTokens":N}}"#.to_owned(),
        ),
        (
            NOVA,
            r#"{"inferenceConfig":{"topP":1}"#.to_owned(),
            r#"{"inferenceConfig":{"topP":1,"maxTokens":N}}"#.to_owned(),
        ),
        (CLAUDE, claude.to_owned(), format!(r#"{claude},"max_tokens":N}}"#)),
    ] {
        let reply = send(&router, request(Method::POST, path, &key, format!("{body}}}"))).await;
        let tokens = reply.header("x-tokenmeter-output-bound").unwrap_or_else(|| panic!("{}", reply.text()));
        assert_eq!(sent(&harness), filled.replace('N', tokens), "{body}");
    }
    let own = r#"{"messages":[],"inferenceConfig":{"maxTokens":64}}"#;
    send(&router, request(Method::POST, NOVA, &key, own)).await;
    assert_eq!(sent(&harness), own);
}

/// Legacy clients retry every 429, and all of them every throttling.
#[tokio::test]
async fn used_up_budget_is_no_throttling() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Usd, 0).per(Period::Day).label("a").create().await;
    for path in [NOVA, CLAUDE, &NOVA.replace("converse", "converse-stream")] {
        let body = if path == CLAUDE { claude() } else { hello() };
        let refused = post(&router, path, &key, body).await;
        let expected = (400, "ServiceQuotaExceededException".to_owned(), "budget_exceeded".to_owned());
        assert_eq!(error(&refused), expected);
        assert_eq!(refused.header("x-should-retry"), Some("false"));
    }
    assert_eq!(harness.mock.requests().len(), 0);
}

#[tokio::test]
async fn rate_limit_is_a_throttling() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Requests, 1).per(Period::Minute).label("a").create().await;
    assert_eq!(post(&router, NOVA, &key, hello()).await.status, StatusCode::OK);
    let refused = post(&router, NOVA, &key, hello()).await;
    let expected = (429, "ThrottlingException".to_owned(), "rate_limit_exceeded".to_owned());
    assert_eq!(error(&refused), expected);
    assert!(refused.header("retry-after").is_some());
}

#[tokio::test]
async fn what_has_no_bound_is_refused_under_a_hard_limit() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Usd, 1_000_000_000_000_000).per(Period::Day).label("a").create().await;
    harness.db.execute("update limits set unbounded = 'refuse'").await;
    let block = |block: Value| json!({"messages": [{"role": "user", "content": [block]}]});
    let with = |member: &str, value: Value| {
        let mut body = hello();
        body[member] = value;
        body
    };
    for (body, named) in [
        (block(json!({"document": {"source": {"bytes": "AA=="}}})), "messages.document"),
        (block(json!({"video": {"source": {"s3Location": {"uri": "s3://a/b"}}}})), "messages.video"),
        (with("guardrailConfig", json!({"guardrailIdentifier": "g"})), "guardrailConfig"),
        (with("promptVariables", json!({"a": {"text": "b"}})), "promptVariables"),
        (
            with("toolConfig", json!({"tools": [{"systemTool": {"name": "nova_grounding"}}]})),
            "toolConfig.systemTool",
        ),
    ] {
        let refused = post(&router, NOVA, &key, body.clone()).await;
        let expected = (400, "ValidationException".to_owned(), "unbounded_request".to_owned());
        assert_eq!(error(&refused), expected, "{body}");
        assert!(refused.text().contains(named), "{body}: {}", refused.text());
    }
    let mut guarded = request(Method::POST, CLAUDE, &key, claude().to_string());
    let header = HeaderName::from_static("x-amzn-bedrock-guardrailidentifier");
    guarded.headers_mut().insert(header, HeaderValue::from_static("g"));
    assert_eq!(error(&send(&router, guarded).await).2, "unbounded_request");
    let unpriced = post(&router, "/bedrock/model/vendor.unknown-v1%3A0/converse", &key, hello()).await;
    assert_eq!(error(&unpriced).2, "model_not_priced");
}

/// The provider's own errors pass with their type; those that clients repeat have been repeated here already.
#[tokio::test]
async fn errors_of_the_provider_pass_with_their_type() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let router = router(&harness, &[("UPSTREAM_MAX_RETRIES", "1")]).await;
    for (fault, status, kind, attempts) in [
        ("400", 400, "ValidationException", 1),
        ("403", 403, "AccessDeniedException", 1),
        ("404", 404, "ResourceNotFoundException", 1),
        ("429", 429, "ThrottlingException", 2),
        ("quota", 400, "ServiceQuotaExceededException", 1),
        ("503", 503, "ServiceUnavailableException", 2),
    ] {
        let mut body = hello();
        body["requestMetadata"] = json!({"mock_fault": fault});
        let before = harness.mock.requests().len();
        let reply = post(&router, NOVA, &key, body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("x-amzn-errortype")),
            (status, Some(kind)),
            "{fault}"
        );
        assert!(reply.json()["message"].is_string() && reply.json()["code"].is_null(), "{}", reply.text());
        assert_eq!(harness.mock.requests().len() - before, attempts, "{fault}");
        let row = harness.ledger().await.pop().unwrap();
        assert_eq!(
            [&row["status"], &row["error_code"], &row["cost_pico_usd"]],
            [&json!("failed"), &json!(kind), &json!(0)],
            "{fault}"
        );
    }
}
