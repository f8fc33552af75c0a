//! Keys of Gemini's clients: found in each place, never passed on, and never in a URL to the provider.

use super::*;

#[tokio::test]
async fn key_is_found_wherever_a_client_puts_it_and_never_passed_on() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let ask = async |path: &str, headers: &[(&'static str, &str)]| {
        let mut request = request(Method::POST, path, "", hello().to_string());
        request.headers_mut().remove("authorization");
        send(&router, with(request, headers)).await
    };
    let bearer = format!("Bearer {key}");
    for headers in [
        [("x-goog-api-key", key.as_str())].as_slice(),
        &[("authorization", &bearer)],
        // Gemini CLI behind a gateway sends its own header empty.
        &[("authorization", &bearer), ("x-goog-api-key", "")],
        &[("x-api-key", &key)],
        &[("x-tokenmeter-key", &key)],
    ] {
        let reply = ask(PLAIN, headers).await;
        assert_eq!(reply.status, StatusCode::OK, "{headers:?}: {}", reply.text());
    }
    for query in [
        format!("?key={key}"),
        format!("?alt=json&key={key}"),
        format!(
            "?key={key}&alt=json&access_token=t&%24httpHeaders=h&fields=candidates&callback=c&k%65y=other"
        ),
    ] {
        let reply = ask(&format!("{PLAIN}{query}"), &[]).await;
        assert_eq!(reply.status, StatusCode::OK, "{query}: {}", reply.text());
    }
    for sent in harness.mock.requests() {
        assert_eq!(sent.header("x-goog-api-key"), Some(PROVIDER_KEY));
        assert!(!format!("{sent:?}").contains(&key), "our key reached the provider");
        let query = sent.path.split_once('?').map_or("", |(_, query)| query);
        assert!(matches!(query, "" | "alt=json"), "{query}");
    }
    let missing = ask(PLAIN, &[]).await;
    assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
    assert_eq!(error(&missing), ("UNAUTHENTICATED".to_owned(), "INVALID_API_KEY".to_owned()));
}

#[tokio::test]
async fn callers_own_key_is_googles() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    for key in ["AIzaSyOfTheCaller", "AQ.of-the-caller"] {
        let reply = ask(&router, PLAIN, key, &hello()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(harness.mock.requests().pop().unwrap().header("x-goog-api-key"), Some(key));
    }
    // One of OpenAI is not shown to Google.
    let sent = harness.mock.requests().len();
    assert_eq!(ask(&router, PLAIN, "sk-proj-of-openai", &hello()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(harness.mock.requests().len(), sent);
}

/// Another project would be billed.
#[tokio::test]
async fn project_to_bill_is_passed_on_with_the_callers_own_key_alone() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for (key, passed) in [(key.as_str(), None), ("AIzaSyOfTheCaller", Some("p"))] {
        let request = request(Method::POST, PLAIN, "", hello().to_string());
        let headers = [("x-goog-api-key", key), ("authorization", ""), ("x-goog-user-project", "p")];
        send(&router, with(request, &headers)).await;
        assert_eq!(harness.mock.requests().pop().unwrap().header("x-goog-user-project"), passed);
    }
}

/// Google reports a wrong key as an invalid argument, which would blame the caller.
#[tokio::test]
async fn rejected_key_of_the_deployment_is_not_the_callers() {
    let harness = Harness::start().await;
    let changes = [("GEMINI_API_KEY", "sk-invalid-gemini")];
    let (router, key) = (router(&harness, &changes).await, harness.key().create().await);
    let reply = ask(&router, PLAIN, &key, &hello()).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text());
    assert_eq!(error(&reply), ("UNAVAILABLE".to_owned(), "PROVIDER_KEY_REJECTED".to_owned()));
}

#[tokio::test]
async fn deployment_without_a_key_says_so() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[("GEMINI_API_KEY", "")]).await, harness.key().create().await);
    let reply = ask(&router, PLAIN, &key, &hello()).await;
    assert_eq!(
        (reply.status, reply.header("x-should-retry")),
        (StatusCode::SERVICE_UNAVAILABLE, Some("false"))
    );
    assert_eq!(error(&reply), ("UNAVAILABLE".to_owned(), "PROVIDER_KEY_MISSING".to_owned()));
}
