//! Keys made, changed and revoked, and what the next call says to it.

use domain::keys::{PlainKey, Scope};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{World, call, refusal};

#[tokio::test]
async fn key_creation_shows_its_secret_once() {
    let world = World::start().await;
    let body = json!({
        "name": "search, production", "user_label": "search", "scopes": ["chat", "usage:read"],
        "models": ["gpt-4o*"], "expires_at": "2999-01-01T00:00:00Z"
    });
    let made = world.post("/api/keys", body).await;
    assert_eq!((made.status, made.header("cache-control")), (StatusCode::CREATED, Some("no-store")));
    let mut key = made.json();
    let secret = key.as_object_mut().unwrap().remove("secret").unwrap().as_str().unwrap().to_owned();
    assert!(PlainKey::parse(&secret).is_ok());
    assert_eq!(key["secret_prefix"], secret[..11]);
    let path = format!("/api/keys/{}", key["id"].as_str().unwrap());
    let found = world.get(&path).await;
    assert_eq!((found.json(), found.header("etag")), (key.clone(), made.header("etag")));
    for (field, value) in [("id", "key_…"), ("created_at", "…"), ("secret_prefix", "tm_…")] {
        key[field] = value.into();
    }
    insta::assert_json_snapshot!(key, @r#"
    {
      "id": "key_…",
      "name": "search, production",
      "user_label": "search",
      "scopes": [
        "chat",
        "usage:read"
      ],
      "models": [
        "gpt-4o*"
      ],
      "status": "active",
      "created_at": "…",
      "expires_at": "2999-01-01T00:00:00Z",
      "last_used_at": null,
      "revoked_at": null,
      "secret_prefix": "tm_…",
      "retiring_secrets": []
    }
    "#);
    assert_eq!(call(&world.chat().await, &secret).await, 200);
    let stored = world.harness.db.rows("select * from api_key_secrets, api_keys, audit_log").await;
    assert!(!Value::from(stored).to_string().contains(&secret[11..]), "the secret is stored nowhere");
}

#[tokio::test]
async fn repeated_creation_with_an_idempotency_key_makes_one_key() {
    let world = World::start().await;
    let create = async |idempotency_key: &str, name: &str| {
        let body = json!({"name": name, "scopes": ["chat"]}).to_string();
        world.send(Method::POST, "/api/keys", &[("idempotency-key", idempotency_key)], &body).await
    };
    let (first, second) = tokio::join!(create("once", "search"), create("once", "search"));
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.json(), second.json());
    let replayed = [&first, &second].map(|reply| reply.header("idempotent-replayed").is_some());
    assert_ne!(replayed[0], replayed[1]);
    assert_ne!(create("twice", "search").await.json()["secret"], first.json()["secret"]);
    assert_eq!(refusal(&create("once", "other").await), "409 idempotency_key_reused");
    assert_eq!(
        refusal(&create("", "search").await),
        "422 invalid_request | Idempotency-Key: must be 1 to 255 characters"
    );
    let made = world.harness.db.rows("select id from api_keys where name in ('search', 'other')").await;
    assert_eq!(made.len(), 2);
}

#[tokio::test]
async fn change_applies_from_the_next_call_and_only_to_the_named_fields() {
    let world = World::start().await;
    let (chat, (path, secret)) = (world.chat().await, world.chat_key().await);
    assert_eq!(call(&chat, &secret).await, 200);
    let changed = world.patch(&path, json!({"models": ["gpt-5*"]})).await;
    assert_eq!(changed.status, StatusCode::OK);
    let key = changed.json();
    assert_eq!((&key["name"], &key["scopes"]), (&json!("chat"), &json!(["chat"])));
    assert_eq!(key["models"], json!(["gpt-5*"]));
    assert_eq!(call(&chat, &secret).await, 403);
    // Null lifts what was set.
    world.patch(&path, json!({"models": null})).await;
    assert_eq!(call(&chat, &secret).await, 200);
    world.patch(&path, json!({"scopes": ["usage:read"]})).await;
    assert_eq!(call(&chat, &secret).await, 403);
}

#[tokio::test]
async fn revoked_key_is_refused_from_the_next_call_permanently() {
    let world = World::start().await;
    let (chat, (path, secret)) = (world.chat().await, world.chat_key().await);
    assert_eq!(call(&chat, &secret).await, 200);
    assert_eq!(world.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call(&chat, &secret).await, 401);
    let revoked = world.get(&path).await.json();
    assert_eq!(revoked["status"], "revoked");
    // Again, even from an old version: it is as asked for.
    let again = world.send(Method::DELETE, &path, &[("if-match", "\"1\"")], "").await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&path).await.json(), revoked);
    assert_eq!(refusal(&world.patch(&path, json!({"name": "back"})).await), "409 key_revoked");
    assert_eq!(refusal(&world.post(&format!("{path}/rotate"), json!({})).await), "409 key_revoked");
    assert_eq!(world.harness.ledger().await.len(), 1, "its history stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn call_in_flight_settles_though_its_key_is_revoked() {
    let world = World::start().await;
    let (chat, (path, secret)) = (world.chat().await, world.chat_key().await);
    let body = json!({
        "model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}],
        "metadata": {"mock_latency_ms": "2000"}
    });
    let answered = async { testkit::post(&chat, "/v1/chat/completions", &secret, body).await.status };
    let revoked = async {
        world.harness.eventually("admitted", async || world.harness.open_calls().await == 1).await;
        let status = world.delete(&path).await.status;
        (status, world.harness.open_calls().await)
    };
    let (answered, (revoked, in_flight)) = tokio::join!(answered, revoked);
    assert_eq!((answered, revoked, in_flight), (StatusCode::OK, StatusCode::NO_CONTENT, 1));
    let row = world.harness.only_row().await;
    assert_eq!((&row["status"], row["cost_pico_usd"].is_null()), (&json!("settled"), false));
    assert_eq!(world.harness.open_calls().await, 0);
}

#[tokio::test]
async fn expiry_is_by_the_databases_clock() {
    let world = World::start().await;
    let (chat, (path, secret)) = (world.chat().await, world.chat_key().await);
    world.patch(&path, json!({"expires_at": "2999-01-01T00:00:00Z"})).await;
    assert_eq!(call(&chat, &secret).await, 200);
    world
        .harness
        .db
        .execute(
            "update api_keys set expires_at = clock_timestamp() - interval '1 second' where name = 'chat'",
        )
        .await;
    assert_eq!(call(&chat, &secret).await, 401);
    assert_eq!(world.get(&path).await.json()["status"], "expired");
    // It can be changed and brought back.
    assert_eq!(world.patch(&path, json!({"name": "late"})).await.status, StatusCode::OK);
    assert_eq!(world.patch(&path, json!({"expires_at": null})).await.json()["status"], "active");
    assert_eq!(call(&chat, &secret).await, 200);
}

#[tokio::test]
async fn each_refusal_of_a_caller_has_its_code() {
    let world = World::start().await;
    let chat_only = world.harness.key().create().await;
    let reader = world.harness.key().scopes(&[Scope::UsageRead]).create().await;
    let expired = world.harness.key().scopes(&[Scope::Admin]).expires_in("-1 second").create().await;
    let mut answers = Vec::new();
    for path in ["/api/keys", "/api/prices", "/api/audit"] {
        for (who, key) in [("nobody", ""), ("chat", &chat_only), ("reader", &reader), ("expired", &expired)] {
            let reply = testkit::get(&world.router, path, key).await;
            answers.push(format!("{path} {who}: {}", refusal(&reply)));
        }
    }
    insta::assert_snapshot!(answers.join("\n"), @"
    /api/keys nobody: 401 invalid_api_key
    /api/keys chat: 403 scope_missing
    /api/keys reader: 403 scope_missing
    /api/keys expired: 401 invalid_api_key
    /api/prices nobody: 401 invalid_api_key
    /api/prices chat: 403 scope_missing
    /api/prices reader: 403 scope_missing
    /api/prices expired: 401 invalid_api_key
    /api/audit nobody: 401 invalid_api_key
    /api/audit chat: 403 scope_missing
    /api/audit reader: 403 scope_missing
    /api/audit expired: 401 invalid_api_key
    ");
}

#[tokio::test]
async fn malformed_key_is_refused_without_asking_the_database() {
    let world = World::start().await;
    let unknown = PlainKey::generate().unwrap();
    let mut forged = unknown.reveal().to_owned();
    forged.replace_range(20..21, if &forged[20..21] == "a" { "b" } else { "a" });
    let shape = async |key: &str| {
        let reply = testkit::get(&world.router, "/api/keys", key).await;
        let mut body = reply.json();
        body["request_id"] = Value::Null;
        let names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
        (reply.status, body, names)
    };
    let answer = shape(unknown.reveal()).await;
    assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
    // With the database away, only what never asks it is answered as before.
    let (admin, name) = (world.harness.db.admin().await, world.harness.db.name());
    admin.batch_execute(&format!("alter database {name} allow_connections false")).await.unwrap();
    let kill = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
    admin.batch_execute(&kill).await.unwrap();
    for malformed in [&forged[..], "nonsense", "tm_short"] {
        assert_eq!(shape(malformed).await, answer, "{malformed}");
    }
    assert_eq!(shape(unknown.reveal()).await.0, StatusCode::SERVICE_UNAVAILABLE);
}
