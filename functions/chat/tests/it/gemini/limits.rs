//! Limits: bounds filled in, and refusals that Google's clients understand.

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
    for (body, filled) in [
        (r#"{"contents":[]"#, r#"{"contents":[],"generationConfig":{"maxOutputTokens":N}}"#),
        (
            r#"{"contents":[],"generationConfig":{}"#,
            r#"{"contents":[],"generationConfig":{"maxOutputTokens":N}}"#,
        ),
        (r#"{"generation_config": {"topK":1 }"#, r#"{"generation_config": {"topK":1 ,"maxOutputTokens":N}}"#),
        (
            r#"{"generationConfig":{"max_output_tokens":null}"#,
            r#"{"generationConfig":{"max_output_tokens":N}}"#,
        ),
    ] {
        let reply = send(&router, request(Method::POST, PLAIN, &key, format!("{body}}}"))).await;
        let tokens = reply.header("x-tokenmeter-output-bound").unwrap_or_else(|| panic!("{}", reply.text()));
        assert_eq!(sent(&harness), filled.replace('N', tokens), "{body}");
    }
    let own = r#"{"contents":[],"generationConfig":{"maxOutputTokens":64,"candidateCount":2}}"#;
    send(&router, request(Method::POST, PLAIN, &key, own)).await;
    assert_eq!(sent(&harness), own);
}

#[tokio::test]
async fn used_up_budget_is_a_quota_of_a_day() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Usd, 0).per(Period::Day).label("a").create().await;
    let refused = ask(&router, PLAIN, &key, &hello()).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(error(&refused), ("RESOURCE_EXHAUSTED".to_owned(), "BUDGET_EXCEEDED".to_owned()));
    let details = refused.json()["error"]["details"].clone();
    assert_eq!(details[1]["@type"], "type.googleapis.com/google.rpc.QuotaFailure");
    assert!(details[1]["violations"][0]["quotaId"].as_str().unwrap().contains("PerDay"), "{details}");
    assert_eq!(details.as_array().unwrap().len(), 2, "nothing to wait for: {details}");
    // As an event stream's error, and as the one element of an array.
    let refused = ask(&router, STREAM, &key, &hello()).await;
    assert_eq!(refused.json()["error"]["status"], "RESOURCE_EXHAUSTED");
    let refused = ask(&router, ARRAY, &key, &hello()).await;
    assert_eq!(refused.json()[0]["error"]["status"], "RESOURCE_EXHAUSTED");
    assert_eq!(harness.mock.requests().len(), 0);
}

#[tokio::test]
async fn rate_limit_says_how_long_to_wait() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Requests, 1).per(Period::Minute).label("a").create().await;
    assert_eq!(ask(&router, PLAIN, &key, &hello()).await.status, StatusCode::OK);
    let refused = ask(&router, PLAIN, &key, &hello()).await;
    assert_eq!(error(&refused), ("RESOURCE_EXHAUSTED".to_owned(), "RATE_LIMIT_EXCEEDED".to_owned()));
    let details = refused.json()["error"]["details"].clone();
    assert!(details[1]["violations"][0]["quotaId"].as_str().unwrap().contains("PerMinute"), "{details}");
    assert_eq!(details[2]["@type"], "type.googleapis.com/google.rpc.RetryInfo");
    let delay = details[2]["retryDelay"].as_str().unwrap().strip_suffix('s').unwrap();
    assert!(delay.parse::<f64>().unwrap() > 0.0, "{details}");
}

#[tokio::test]
async fn what_has_no_bound_is_refused_under_a_hard_limit() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().label("a").create().await);
    harness.limit(Metric::Usd, 1_000_000_000_000_000).per(Period::Day).label("a").create().await;
    harness.db.execute("update limits set unbounded = 'refuse'").await;
    let part = |part: Value| json!({"contents": [{"parts": [part]}]});
    for (body, named) in [
        (part(json!({"fileData": {"fileUri": "https://example.com/a.mp4"}})), "contents.fileData"),
        (part(json!({"file_data": {"file_uri": "https://example.com/a.mp4"}})), "contents.fileData"),
        (part(json!({"inlineData": {"mimeType": "application/pdf", "data": "AA=="}})), "contents.inlineData"),
        (part(json!({"inline_data": {"mime_type": "image/png", "data": "AA=="}})), "images"),
        (part(json!({"aNewKindOfPart": {}})), "contents.aNewKindOfPart"),
        (json!({"contents": [], "cachedContent": "cachedContents/x"}), "cachedContent"),
        (json!({"contents": [], "tools": [{"googleSearch": {}}]}), "tools.googleSearch"),
        (json!({"contents": [], "tools": [{"url_context": {}}]}), "tools.urlContext"),
        (json!({"contents": [], "tools": [{"codeExecution": {}}]}), "tools.codeExecution"),
    ] {
        let refused = ask(&router, PLAIN, &key, &body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}: {}", refused.text());
        assert_eq!(error(&refused), ("FAILED_PRECONDITION".to_owned(), "UNBOUNDED_REQUEST".to_owned()));
        assert!(refused.text().contains(named), "{body}: {}", refused.text());
    }
    let unpriced = ask(&router, "/v1beta/models/gemini-unknown:generateContent", &key, &hello()).await;
    assert_eq!(error(&unpriced), ("FAILED_PRECONDITION".to_owned(), "MODEL_NOT_PRICED".to_owned()));
    // Functions that the caller runs are more text.
    let functions = json!({"contents": [], "tools": [{"functionDeclarations": [{"name": "f"}]}]});
    let reply = ask(&router, PLAIN, &key, &functions).await;
    assert_ne!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{}", reply.text());
}

/// Two readers of such a body could take different bounds.
#[tokio::test]
async fn member_in_two_spellings_is_refused() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for (body, message) in [
        (
            r#"{"generationConfig":{},"generation_config":{"maxOutputTokens":1}}"#,
            "'generationConfig' appears more than once.",
        ),
        (
            r#"{"generationConfig":{"maxOutputTokens":1,"max_output_tokens":2}}"#,
            "'generationConfig.maxOutputTokens' appears more than once.",
        ),
        (
            r#"{"generationConfig":{"candidateCount":-1}}"#,
            "'generationConfig.candidateCount' must be a non-negative integer.",
        ),
        (r#"{"serviceTier":"flex","service_tier":"standard"}"#, "'serviceTier' appears more than once."),
        (r#"{"generationConfig":[]}"#, "'generationConfig' must be an object."),
        ("{", "The request body is not valid JSON (at byte 0)."),
    ] {
        let reply = send(&router, request(Method::POST, PLAIN, &key, body)).await;
        assert_eq!(error(&reply).0, "INVALID_ARGUMENT", "{body}");
        assert_eq!(reply.json()["error"]["message"], message, "{body}");
    }
    assert_eq!(harness.mock.requests().len(), 0);
}
