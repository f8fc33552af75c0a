//! Where the name of a route counts: allow-lists, lists of models, the other formats, and paths that name an upstream.

use testkit::get;

use super::*;

#[tokio::test]
async fn allow_list_is_about_the_name_that_was_asked_for() {
    let (harness, router, groq, _) =
        world(vec![vec![vec![response("200 OK", "content-type: application/json\r\n", ANSWER.as_bytes())]]])
            .await;
    let may = harness.key().models(&["fast"]).create().await;
    let may_not = harness.key().models(&["llama-3.3", "gpt-4o-mini"]).create().await;
    let reply = post(&router, PATH, &may_not, hello("fast")).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (StatusCode::FORBIDDEN, &json!("model_not_allowed"))
    );
    assert_eq!(post(&router, PATH, &may, hello("fast")).await.status, StatusCode::OK);
    assert_eq!(post(&router, PATH, &may, hello("gpt-4o-mini")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(groq.requests().len(), 1);
    let listed = |reply: Reply| -> Vec<String> {
        reply.json()["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|model| model["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(listed(get(&router, "/v1/models", &may).await), ["fast"]);
    assert!(!listed(get(&router, "/v1/models", &may_not).await).contains(&"fast".to_owned()));
}

#[tokio::test]
async fn routes_are_listed_with_the_models_of_their_format() {
    let (harness, router, _groq, key) = world(Vec::new()).await;
    add_route(
        &harness,
        "anthropic",
        "claude-best",
        json!([{"upstream": "anthropic", "model": "claude-opus-5"}]),
    )
    .await;
    add_route(&harness, "gemini", "best", json!([{"upstream": "gemini", "model": "gemini-3.5-flash"}])).await;
    let list = async |path: &str, header: Option<(&'static str, &str)>| {
        let mut listed = request(Method::GET, path, &key, Body::empty());
        if let Some((name, value)) = header {
            listed.headers_mut().insert(name, value.parse().unwrap());
        }
        send(&router, listed).await.text()
    };
    let openai = list("/v1/models", None).await;
    assert!(openai.contains(r#""id":"fast""#) && !openai.contains("claude-best"), "{openai}");
    let anthropic = list("/v1/models", Some(("anthropic-version", "2023-06-01"))).await;
    assert!(anthropic.contains(r#""id":"claude-best""#) && !anthropic.contains("fast\""), "{anthropic}");
    let gemini = list("/v1beta/models", None).await;
    assert!(gemini.contains(r#""name":"models/best""#), "{gemini}");
    assert_eq!(get(&router, "/v1/models/fast", &key).await.json()["owned_by"], "tokenmeter");
    // Below a prefix, models are those of the upstream.
    for path in ["/openai/v1/models", "/gemini/v1beta/models"] {
        let listed = get(&router, path, &key).await.text();
        assert!(!listed.contains("\"fast\"") && !listed.contains("models/best"), "{path}: {listed}");
    }
}

#[tokio::test]
async fn paths_of_an_upstream_and_keys_of_a_provider_have_no_routes() {
    let (harness, router, groq, key) = world(Vec::new()).await;
    for (path, key) in [("/openai/v1/chat/completions", key.as_str()), (PATH, "sk-of-the-caller")] {
        let reply = post(&router, path, key, hello("fast")).await;
        assert_eq!((reply.status, reply.header("x-tokenmeter-upstream")), (StatusCode::OK, Some("openai")));
        let sent: Value = serde_json::from_slice(&harness.mock.requests().pop().unwrap().body).unwrap();
        assert_eq!(sent["model"], "fast");
    }
    assert_eq!(groq.requests().len(), 0);
}

#[tokio::test]
async fn routes_serve_the_formats_of_anthropic_and_google() {
    let harness = Harness::start().await;
    let closed = CLOSED.trim_end_matches("/v1");
    add(&harness, "claude-eu", closed, &[("wire", "anthropic"), ("auth", "none")]).await;
    add(&harness, "vertex-eu", closed, &[("wire", "gemini"), ("auth", "none")]).await;
    let targets = |first: &str, second: &str, model: &str| json!([{"upstream": first, "model": "mine"}, {"upstream": second, "model": model}]);
    add_route(&harness, "anthropic", "best", targets("claude-eu", "anthropic", "claude-opus-5")).await;
    add_route(&harness, "gemini", "best", targets("vertex-eu", "gemini", "gemini-3.5-flash")).await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let message = json!({"model": "best", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]});
    let content = json!({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]});
    let embedded = json!({"requests": [{"model": "models/best", "content": {"parts": [{"text": "Hi"}]}}]});
    for (path, body, upstream, model) in [
        ("/v1/messages?beta=true", message, "anthropic", "claude-opus-5"),
        ("/v1beta/models/best:generateContent", content.clone(), "gemini", "gemini-3.5-flash"),
        ("/v1beta/models/best:streamGenerateContent?alt=sse", content, "gemini", "gemini-3.5-flash"),
        ("/v1beta/models/best:batchEmbedContents", embedded, "gemini", "gemini-3.5-flash"),
    ] {
        harness.db.execute("truncate usage_logs").await;
        let reply = post(&router, path, &key, body).await;
        assert_eq!(reply.header("x-tokenmeter-upstream"), Some(upstream), "{path}: {}", reply.text());
        let sent = harness.mock.requests().pop().unwrap();
        assert_eq!(sent.path.contains("beta=true"), path.contains("beta=true"), "{}", sent.path);
        let sent = sent.path + &String::from_utf8_lossy(&sent.body);
        assert!(sent.contains(model) && !sent.contains("best"), "{sent}");
        let row = harness.only_row().await;
        assert_eq!(
            (&row["model"], row["route"]["tries"].as_array().unwrap().len()),
            (&json!(model), 2),
            "{row}"
        );
    }
}
