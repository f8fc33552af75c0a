//! Access: keys, scopes, labels, models.

use domain::keys::Scope;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, get, post, request, send};

use crate::router;

const PATH: &str = "/v1/chat/completions";

fn hello() -> Value {
    json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]})
}

#[tokio::test]
async fn each_refusal_has_its_code_and_sends_nothing() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("ACCEPT_PROVIDER_KEYS", "false")]).await;
    let valid = harness.key().create().await;
    let mut unknown = valid.clone();
    unknown.replace_range(20..21, if &valid[20..21] == "a" { "b" } else { "a" });
    let expired = harness.key().expires_in("-1 second").create().await;
    let revoked = harness.key().create().await;
    let revoke = "update api_keys k set revoked_at = clock_timestamp() from api_key_secrets s
        where s.key_id = k.id and s.secret_prefix = ";
    harness.db.execute(&format!("{revoke}'{}'", &revoked[..11])).await;
    let reader = harness.key().scopes(&[Scope::UsageRead]).create().await;
    let bound = harness.key().label("team-a").create().await;
    let narrow = harness.key().models(&["gpt-4.1*", "gpt-4%", "text_embedding"]).create().await;
    let elsewhere = {
        let mut body = hello();
        body["metadata"] = json!({"user_label": "team-b"});
        body
    };
    let mut answers = Vec::new();
    for (what, key, body) in [
        ("none", "", hello()),
        ("nonsense", "nonsense", hello()),
        ("provider key", "sk-not-accepted-here", hello()),
        ("checksum", &unknown, hello()),
        ("never made", domain::keys::PlainKey::generate().unwrap().reveal(), hello()),
        ("expired", &expired, hello()),
        ("revoked", &revoked, hello()),
        ("scope", &reader, hello()),
        ("label", &bound, elsewhere),
        ("model", &narrow, hello()),
    ] {
        let reply = post(&router, PATH, key, body).await;
        let error = &reply.json()["error"];
        answers.push(format!("{what}: {} {} {}", reply.status.as_u16(), error["type"], error["code"]));
        assert!(reply.header("x-request-id").is_some());
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    none: 401 "invalid_request_error" "invalid_api_key"
    nonsense: 401 "invalid_request_error" "invalid_api_key"
    provider key: 401 "invalid_request_error" "invalid_api_key"
    checksum: 401 "invalid_request_error" "invalid_api_key"
    never made: 401 "invalid_request_error" "invalid_api_key"
    expired: 401 "invalid_request_error" "invalid_api_key"
    revoked: 401 "invalid_request_error" "invalid_api_key"
    scope: 403 "invalid_request_error" "scope_missing"
    label: 403 "invalid_request_error" "label_not_allowed"
    model: 403 "invalid_request_error" "model_not_allowed"
    "#);
    assert_eq!(harness.mock.counters().total.requests, 0);
    assert!(harness.ledger().await.is_empty());
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn malformed_key_is_refused_like_an_unknown_one_without_the_database() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("ACCEPT_PROVIDER_KEYS", "false")]).await;
    let unknown = domain::keys::PlainKey::generate().unwrap();
    let mut forged = unknown.reveal().to_owned();
    forged.replace_range(20..21, if &forged[20..21] == "a" { "b" } else { "a" });
    let prompt = json!({"user_label": "a", "model": "gpt-4o-mini", "prompt": "Hello"});
    let shape = async |path: &str, key: &str| {
        let body = if path == PATH { hello() } else { prompt.clone() };
        let reply = post(&router, path, key, body).await;
        let mut body = reply.json();
        if let Some(id) = body.get_mut("request_id") {
            *id = Value::Null;
        }
        let names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
        (reply.status, body, names)
    };
    let paths = [PATH, "/api/llm/chat"];
    let answers = [shape(paths[0], unknown.reveal()).await, shape(paths[1], unknown.reveal()).await];
    // With the database away, only requests that need no database get the same response.
    let (admin, name) = (harness.db.admin().await, harness.db.name());
    admin.batch_execute(&format!("alter database {name} allow_connections false")).await.unwrap();
    let kill = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
    admin.batch_execute(&kill).await.unwrap();
    for (path, answer) in paths.into_iter().zip(answers) {
        assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
        for malformed in [&forged[..], "nonsense", "tm_short"] {
            assert_eq!(shape(path, malformed).await, answer, "{path} {malformed}");
        }
        assert_eq!(shape(path, unknown.reveal()).await.0, StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test]
async fn label_is_taken_from_the_first_source_that_has_one() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let (free, bound) = (harness.key().create().await, harness.key().label("bound team").create().await);
    let everything = json!({
        "model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}],
        "metadata": {"user_label": "from-metadata"}, "safety_identifier": "from-safety", "user": "from-user"
    });
    let without = |fields: &[&str]| {
        let mut body = everything.clone();
        for field in fields {
            body.as_object_mut().unwrap().remove(*field);
        }
        body
    };
    let named = |mut request: http::Request<axum::body::Body>, label: &'static str| {
        request.headers_mut().insert("x-user-label", http::HeaderValue::from_static(label));
        request
    };
    let plain = |key: &str, body: Value| request(Method::POST, PATH, key, body.to_string());
    let mut labels = Vec::new();
    for request in [
        named(plain(&free, everything.clone()), "from-header"),
        plain(&free, everything.clone()),
        plain(&free, without(&["metadata"])),
        plain(&free, without(&["metadata", "safety_identifier"])),
        plain(&free, without(&["metadata", "safety_identifier", "user"])),
        // A bound key's label overrides fields that are meant for the provider.
        plain(&bound, without(&["metadata"])),
        named(plain(&bound, hello()), "bound team"),
    ] {
        let reply = send(&router, request).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let id = reply.header("x-tokenmeter-call-id").unwrap().trim_start_matches("call_").to_owned();
        let rows = harness.db.rows(&format!("select user_label from usage_logs where id = '{id}'")).await;
        labels.push(rows[0]["user_label"].as_str().unwrap().to_owned());
    }
    insta::assert_snapshot!(labels.join("\n"), @"
    from-header
    from-metadata
    from-safety
    from-user
    unlabelled
    bound team
    bound team
    ");
    let refused = send(&router, named(plain(&free, hello()), "a\tb")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["error"]["param"], "X-User-Label");
}

#[tokio::test]
async fn last_use_of_a_key_is_recorded_at_most_once_a_minute() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let last_used =
        async || harness.db.rows("select last_used_at from api_keys").await[0]["last_used_at"].clone();
    assert_eq!(last_used().await, Value::Null);
    post(&router, PATH, &key, hello()).await;
    let first = last_used().await;
    assert_ne!(first, Value::Null);
    post(&router, PATH, &key, hello()).await;
    assert_eq!(last_used().await, first);
}

#[tokio::test]
async fn models_are_listed_for_chat_keys_without_a_ledger_row() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let list = get(&router, "/v1/models", &key).await;
    assert_eq!(list.json()["object"], "list");
    assert_eq!(get(&router, "/v1/models/gpt-4o", &key).await.json()["id"], "gpt-4o");
    let missing = get(&router, "/v1/models/no-such-model", &key).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.json()["error"]["code"], "model_not_found");
    // A name that would be a different path upstream is not sent.
    assert_eq!(get(&router, "/v1/models/..%2Ffiles", &key).await.status, StatusCode::NOT_FOUND);
    let reader = harness.key().scopes(&[Scope::UsageRead]).create().await;
    assert_eq!(get(&router, "/v1/models", &reader).await.status, StatusCode::FORBIDDEN);
    assert!(harness.ledger().await.is_empty());
}

#[tokio::test]
async fn key_with_an_allow_list_sees_only_its_models() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let narrow = harness.key().models(&["gpt-4o*", "o3"]).create().await;
    let list = get(&router, "/v1/models", &narrow).await;
    let ids: Vec<String> = list.json()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        ids,
        ["gpt-4o", "gpt-4o-2024-11-20", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", "o3"],
        "{}",
        list.text()
    );
    assert_eq!(list.json()["object"], "list");
    assert_eq!(get(&router, "/v1/models/gpt-4o-mini", &narrow).await.json()["id"], "gpt-4o-mini");
    // The provider decides whether an allowed model exists; a disallowed one is refused without asking it.
    assert_eq!(get(&router, "/v1/models/gpt-4o-huge", &narrow).await.status, StatusCode::NOT_FOUND);
    let before = harness.mock.requests().len();
    for model in ["gpt-4.1", "no-such-model", "o3-2025-04-16"] {
        let refused = get(&router, &format!("/v1/models/{model}"), &narrow).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(refused.json()["error"]["code"], "model_not_allowed");
    }
    assert_eq!(harness.mock.requests().len(), before);
}

#[tokio::test]
async fn provider_key_is_trimmed_and_must_be_a_valid_header_value() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("OPENAI_API_KEY", " sk-mock-of-the-tests\r\n")]).await;
    let key = harness.key().create().await;
    assert_eq!(post(&router, PATH, &key, hello()).await.status, StatusCode::OK);
    assert_eq!(harness.mock.requests()[0].header("authorization"), Some("Bearer sk-mock-of-the-tests"));

    for malformed in ["sk-one\nsk-two", " \n", "sk-\u{7f}"] {
        let environment = harness.environment("chat", &[("OPENAI_API_KEY", malformed)]);
        let error = chat::Config::from_env(&environment).err().expect("no configuration").to_string();
        assert!(error.starts_with("OPENAI_API_KEY is malformed: "), "{error}");
        assert!(!error.contains("sk-") && !error.contains('\n'), "{error}");
    }
}
