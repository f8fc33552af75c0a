//! Lists of models, whose path three providers share under `/v1`.

use super::*;

async fn get(router: &Router, path: &str, key: &str, headers: &[(&'static str, &str)]) -> Reply {
    send(router, with(request(Method::GET, path, key, ""), headers)).await
}

#[tokio::test]
async fn models_are_those_of_the_clients_provider() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let google = ("x-goog-api-client", "google-genai-sdk/1.50.0");
    for (path, headers, member) in [
        ("/v1beta/models", [].as_slice(), "models"),
        ("/v1beta/models?pageSize=2", &[], "models"),
        ("/v1alpha/models", &[], "models"),
        ("/gemini/v1beta/models", &[], "models"),
        ("/v1/models", &[google], "models"),
        ("/v1/models", &[("x-goog-api-key", "unused")], "models"),
        ("/v1/models?key=unused", &[], "models"),
        ("/v1/models", &[], "data"),
        ("/v1/models", &[google, ("anthropic-version", "2023-06-01")], "data"),
    ] {
        let reply = get(&router, path, &key, headers).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        assert!(reply.json()[member].is_array(), "{path} {headers:?}: {}", reply.text());
    }
    let one = get(&router, "/v1beta/models/gemini-3.5-flash", &key, &[]).await;
    assert_eq!(one.json()["name"], "models/gemini-3.5-flash");
    let missing = get(&router, "/v1beta/models/unknown", &key, &[]).await;
    assert_eq!(
        (missing.status, &missing.json()["error"]["status"]),
        (StatusCode::NOT_FOUND, &json!("NOT_FOUND"))
    );
    assert_eq!(harness.ledger().await.len(), 0);
}

#[tokio::test]
async fn key_with_an_allow_list_sees_and_uses_its_own_models() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().models(&["gemini-2.5-*"]).create().await);
    let list = get(&router, "/v1beta/models", &key, &[]).await.json();
    let models = list["models"].as_array().unwrap();
    let is_own = |model: &Value| model["name"].as_str().unwrap().starts_with("models/gemini-2.5-");
    assert!(!models.is_empty() && models.iter().all(is_own), "{list}");
    for path in ["/v1beta/models/gemini-3.5-flash", "/v1/models/gemini-3.5-flash"] {
        let refused = get(&router, path, &key, &[("x-goog-api-client", "sdk")]).await;
        assert_eq!(error(&refused), ("PERMISSION_DENIED".to_owned(), "MODEL_NOT_ALLOWED".to_owned()));
    }
    let refused = ask(&router, PLAIN, &key, &hello()).await;
    assert_eq!(error(&refused), ("PERMISSION_DENIED".to_owned(), "MODEL_NOT_ALLOWED".to_owned()));
    // The path decides, so the body must not name another one.
    let mut body = hello();
    body["model"] = json!("models/gemini-3.5-flash");
    let refused = ask(&router, "/v1beta/models/gemini-2.5-pro:generateContent", &key, &body).await;
    assert_eq!(refused.json()["error"]["message"], "'model' must be the model of the path.");
}
