//! Keys of AWS's clients, ours towards AWS, and what each of them may not be.

use super::*;

const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/eu-central-1/bedrock/aws4_request, \
    SignedHeaders=host;x-amz-date, Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

async fn ask(router: &Router, headers: &[(&'static str, &str)]) -> Reply {
    let mut request = request(Method::POST, NOVA, "", hello().to_string());
    for (name, value) in headers {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::try_from(*value).unwrap());
    }
    send(router, request).await
}

#[tokio::test]
async fn key_is_found_where_clients_put_it_and_signatures_are_explained() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let bearer = format!("Bearer {key}");
    for headers in [
        [("authorization", bearer.as_str())].as_slice(),
        &[("x-api-key", &key)],
        // Signed all the same: our key is in a header of its own.
        &[("authorization", SIGNATURE), ("x-tokenmeter-key", &key)],
    ] {
        let reply = ask(&router, headers).await;
        assert_eq!(reply.status, StatusCode::OK, "{headers:?}: {}", reply.text());
        assert!(!format!("{:?}", harness.mock.requests().pop().unwrap()).contains(&key));
    }
    let sent = harness.mock.requests().len();
    for (headers, said) in [
        ([("authorization", SIGNATURE)].as_slice(), "AWS_BEARER_TOKEN_BEDROCK"),
        (&[], "AWS_BEARER_TOKEN_BEDROCK"),
        (&[("authorization", "Bearer tm_unknown")], "Incorrect API key"),
    ] {
        let reply = ask(&router, headers).await;
        let expected = (401, "UnrecognizedClientException".to_owned(), "invalid_api_key".to_owned());
        assert_eq!(error(&reply), expected, "{headers:?}");
        assert!(reply.text().contains(said), "{}", reply.text());
    }
    assert_eq!(harness.mock.requests().len(), sent);
}

#[tokio::test]
async fn key_of_the_callers_own_is_passed_on_where_that_is_allowed() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    for key in ["ABSKexample-of-a-caller", "bedrock-api-key-of-a-caller"] {
        let bearer = format!("Bearer {key}");
        let reply = ask(&router, &[("authorization", &bearer)]).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(harness.mock.requests().pop().unwrap().header("authorization"), Some(bearer.as_str()));
    }
}

/// Clients retry every 503, so a key that is missing or refused has another status.
#[tokio::test]
async fn missing_or_refused_credentials_of_ours_are_not_worth_a_retry() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let unset = router(&harness, &[("BEDROCK_API_KEY", "")]).await;
    let denied = |code: &str| (403, "AccessDeniedException".to_owned(), code.to_owned());
    let reply = post(&unset, NOVA, &key, hello()).await;
    assert_eq!(error(&reply), denied("provider_key_missing"));
    assert!(reply.text().contains("BEDROCK_REGION"), "{}", reply.text());
    // Requests are signed, but there is nothing to sign them with.
    let signing = router(&harness, &[("BEDROCK_API_KEY", ""), ("BEDROCK_REGION", "eu-central-1")]).await;
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
        assert_eq!(error(&post(&signing, NOVA, &key, hello()).await), denied("provider_key_missing"));
    }
    harness.mock.accept_keys(["another"]);
    let served = router(&harness, &[]).await;
    let reply = post(&served, NOVA, &key, hello()).await;
    assert_eq!(error(&reply), denied("provider_key_rejected"));
    assert!(!reply.text().contains("security token"), "{}", reply.text());
}

#[tokio::test]
async fn configuration_is_checked_at_start() {
    let harness = Harness::start().await;
    for (changes, message) in [
        ([("BEDROCK_API_BASE", ""), ("BEDROCK_REGION", "")], "BEDROCK_REGION is not set"),
        (
            [("BEDROCK_API_BASE", ""), ("BEDROCK_REGION", "eu_central_1/x")],
            "BEDROCK_REGION is malformed: expected a region such as eu-central-1",
        ),
    ] {
        let config = chat::Config::from_env(&harness.environment("chat", &changes));
        assert_eq!(config.err().unwrap().to_string(), message);
    }
}
