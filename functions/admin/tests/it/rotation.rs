//! Rotation: two secrets while the grace lasts, one afterwards, and the same answer to the same request.

use http::{Method, StatusCode};
use serde_json::json;

use crate::{World, call, refusal};

impl World {
    async fn rotate(&self, path: &str, grace_seconds: u32, idempotency_key: &str) -> testkit::Reply {
        let body = json!({"grace_seconds": grace_seconds}).to_string();
        let headers = [("idempotency-key", idempotency_key)];
        let headers = if idempotency_key.is_empty() { &[][..] } else { &headers };
        self.send(Method::POST, &format!("{path}/rotate"), headers, &body).await
    }

    /// As if the grace of every retiring secret were over.
    async fn end_grace(&self) {
        let end = "update api_key_secrets set expires_at = clock_timestamp() where expires_at is not null";
        self.harness.db.execute(end).await;
    }
}

fn secret(reply: &testkit::Reply) -> String {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()["secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn old_secret_works_until_its_grace_ends() {
    let world = World::start().await;
    let (chat, (path, old)) = (world.chat().await, world.chat_key().await);
    let rotated = world.rotate(&path, 3600, "").await;
    let new = secret(&rotated);
    assert_ne!(new, old);
    let key = rotated.json();
    assert_eq!(key["secret_prefix"], new[..11]);
    assert_eq!(key["retiring_secrets"][0]["secret_prefix"], old[..11]);
    assert_eq!((call(&chat, &old).await, call(&chat, &new).await), (200, 200));
    world.end_grace().await;
    assert_eq!((call(&chat, &old).await, call(&chat, &new).await), (401, 200));
    assert_eq!(world.get(&path).await.json()["retiring_secrets"], json!([]));
    let ids = world.harness.db.rows("select distinct key_id from usage_logs").await;
    assert_eq!(ids.len(), 1, "the key stays the same");
}

#[tokio::test]
async fn old_secret_stops_immediately_without_a_grace_period() {
    let world = World::start().await;
    let (chat, (path, old)) = (world.chat().await, world.chat_key().await);
    // No body at all is no grace.
    let rotated = world.send(Method::POST, &format!("{path}/rotate"), &[], "").await;
    assert_eq!((call(&chat, &old).await, call(&chat, &secret(&rotated)).await), (401, 200));
}

#[tokio::test]
async fn key_has_two_live_secrets_at_most() {
    let world = World::start().await;
    let (chat, (path, first)) = (world.chat().await, world.chat_key().await);
    let mut secrets = vec![first];
    for _ in 0..4 {
        let rotated = world.rotate(&path, 3600, "").await;
        secrets.push(secret(&rotated));
        let newest = secrets.len() - 1;
        assert_eq!(rotated.json()["retiring_secrets"][0]["secret_prefix"], secrets[newest - 1][..11]);
        for (at, old) in secrets.iter().enumerate() {
            let expected = if at + 1 >= newest { 200 } else { 401 };
            assert_eq!(call(&chat, old).await, expected, "secret {at} of {newest}");
        }
    }
    let last = secret(&world.rotate(&path, 0, "").await);
    assert_eq!((call(&chat, &secrets[4]).await, call(&chat, &last).await), (401, 200));
}

#[tokio::test]
async fn grace_period_never_extends_a_secret_that_ends_sooner() {
    let world = World::start().await;
    let (path, _) = world.chat_key().await;
    // Its only live secret is one that ends already.
    let end = "update api_key_secrets s set expires_at = clock_timestamp() + interval '1 minute'
        from api_keys k where k.id = s.key_id and k.name = 'chat'";
    world.harness.db.execute(end).await;
    let ends = |key: serde_json::Value| key["retiring_secrets"][0]["expires_at"].clone();
    let before = ends(world.get(&path).await.json());
    assert_eq!(ends(world.rotate(&path, 7200, "").await.json()), before);
}

#[tokio::test]
async fn repeated_rotation_returns_the_same_secret() {
    let world = World::start().await;
    let (path, _) = world.chat_key().await;
    let (one, two) = tokio::join!(world.rotate(&path, 60, "once"), world.rotate(&path, 60, "once"));
    assert_eq!(one.json(), two.json());
    assert_eq!(one.header("etag"), two.header("etag"));
    // The version it was made from is that of the first request.
    let headers = [("idempotency-key", "once"), ("if-match", "\"1\"")];
    let body = json!({"grace_seconds": 60}).to_string();
    let repeat = world.send(Method::POST, &format!("{path}/rotate"), &headers, &body).await;
    assert_eq!((secret(&repeat), repeat.header("idempotent-replayed")), (secret(&one), Some("true")));
    let secrets = world
        .harness
        .db
        .rows("select s.* from api_key_secrets s join api_keys k on k.id = s.key_id where k.name = 'chat'")
        .await;
    assert_eq!(secrets.len(), 2);
    // Another grace is another request; another key is another secret.
    assert_eq!(refusal(&world.rotate(&path, 61, "once").await), "409 idempotency_key_reused");
    let (other, _) = world.chat_key().await;
    assert_ne!(secret(&world.rotate(&other, 60, "once").await), secret(&one));
}

#[tokio::test]
async fn expired_secret_is_not_returned_again() {
    let world = World::start().await;
    let (path, _) = world.chat_key().await;
    let first = secret(&world.rotate(&path, 60, "first").await);
    world.rotate(&path, 60, "second").await;
    assert_eq!(secret(&world.rotate(&path, 60, "first").await), first, "its grace lasts");
    world.end_grace().await;
    assert_eq!(refusal(&world.rotate(&path, 60, "first").await), "409 idempotency_key_expired");
}

#[tokio::test]
async fn secret_of_an_expired_or_revoked_key_is_not_returned_again() {
    let world = World::start().await;
    for ending in ["revoked_at = clock_timestamp()", "expires_at = clock_timestamp()"] {
        let (path, _) = world.chat_key().await;
        secret(&world.rotate(&path, 60, "once").await);
        let id = path.trim_start_matches("/api/keys/key_");
        world.harness.db.execute(&format!("update api_keys set {ending} where id = '{id}'")).await;
        assert_eq!(
            refusal(&world.rotate(&path, 60, "once").await),
            "409 idempotency_key_expired",
            "{ending}"
        );
    }
}

#[tokio::test]
async fn grace_has_bounds() {
    let world = World::start().await;
    let (path, _) = world.chat_key().await;
    let mut answers = Vec::new();
    for body in [
        json!({"grace_seconds": -1}),
        json!({"grace_seconds": 2_592_001}),
        json!({"grace_seconds": 1.5}),
        json!({"grace": 1}),
        json!([]),
    ] {
        answers.push(refusal(&world.post(&format!("{path}/rotate"), body).await));
    }
    assert_eq!(secret(&world.rotate(&path, 2_592_000, "").await).len(), 60);
    insta::assert_snapshot!(answers.join("\n"), @"
    422 invalid_request | grace_seconds: must be a whole number from 0 to 2592000
    422 invalid_request | grace_seconds: must be a whole number from 0 to 2592000
    422 invalid_request | grace_seconds: must be a whole number from 0 to 2592000
    422 invalid_request | grace: is not a field of this request
    422 invalid_request | : the body must be a JSON object
    ");
}
