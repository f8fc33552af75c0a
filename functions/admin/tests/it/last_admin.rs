//! Somebody can always administrate: the last key from which every other can be made is not taken away.

use domain::keys::Scope;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{World, refusal};

const REFUSED: &str = "409 last_admin_key";

impl World {
    /// A new key: its path and its secret.
    async fn made(&self, fields: Value) -> (String, String) {
        let mut body = json!({"name": "another"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let made = self.post("/api/keys", body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let text = |field: &str| made.json()[field].as_str().unwrap().to_owned();
        (format!("/api/keys/{}", text("id")), text("secret"))
    }

    /// The path of the key that the test itself uses.
    async fn own(&self) -> String {
        let keys = self.get("/api/keys?name=test").await.json();
        format!("/api/keys/{}", keys["data"][0]["id"].as_str().unwrap())
    }
}

#[tokio::test]
async fn last_admin_key_cannot_be_revoked_narrowed_or_given_an_expiry() {
    let world = World::start().await;
    let own = world.own().await;
    // None of these can do what the last one can.
    world.made(json!({"scopes": ["admin"], "user_label": "search"})).await;
    world.made(json!({"scopes": ["chat", "usage:read"]})).await;
    world.harness.key().scopes(&[Scope::Admin]).expires_in("-1 second").create().await;
    let (revoked, _) = world.made(json!({"scopes": ["admin"]})).await;
    assert_eq!(world.delete(&revoked).await.status, StatusCode::NO_CONTENT);
    let before = world.get(&own).await.json();
    assert_eq!(refusal(&world.delete(&own).await), REFUSED);
    for change in [json!({"scopes": ["chat", "usage:read"]}), json!({"expires_at": "2999-01-01T00:00:00Z"})] {
        assert_eq!(refusal(&world.patch(&own, change.clone()).await), REFUSED, "{change}");
    }
    assert_eq!(world.get(&own).await.json(), before);
    let refused = "select id from audit_log where action in ('revoke', 'update')";
    assert_eq!(world.harness.db.rows(refused).await.len(), 1, "the other key's end alone is written down");
    // A lost response would lose the only key.
    for grace in ["{}", "{\"grace_seconds\": 59}"] {
        let rotated = world.send(Method::POST, &format!("{own}/rotate"), &[], grace).await;
        assert!(refusal(&rotated).starts_with("422 invalid_request | grace_seconds: must be at least 60"));
    }
    // What takes nothing away is free: a name, more scopes, a new secret.
    let more = json!({"name": "test and more", "scopes": ["admin", "chat"], "models": ["gpt-4o*"]});
    assert_eq!(world.patch(&own, more).await.status, StatusCode::OK);
    let rotated = world.send(Method::POST, &format!("{own}/rotate"), &[], "{\"grace_seconds\": 60}").await;
    assert_eq!(rotated.status, StatusCode::OK);
}

#[tokio::test]
async fn last_admin_key_survives_any_number_of_lost_rotations() {
    let world = World::start().await;
    let own = world.own().await;
    for _ in 0..4 {
        // The new secret is lost each time: the request comes with the first one again.
        let rotated =
            world.send(Method::POST, &format!("{own}/rotate"), &[], "{\"grace_seconds\": 60}").await;
        assert_eq!(rotated.status, StatusCode::OK, "{}", rotated.text());
        assert_eq!(rotated.json()["retiring_secrets"].as_array().unwrap().len(), 1);
    }
    let live = "select from api_key_secrets where expires_at is null or expires_at > clock_timestamp()";
    assert_eq!(world.harness.db.rows(live).await.len(), 2);
}

#[tokio::test]
async fn admin_key_rotates_without_grace_while_another_unrestricted_one_exists() {
    let world = World::start().await;
    let own = world.own().await;
    world.made(json!({"scopes": ["admin"]})).await;
    let rotated = world.send(Method::POST, &format!("{own}/rotate"), &[], "{}").await;
    assert_eq!(rotated.status, StatusCode::OK);
    assert_eq!(world.get("/api/keys").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn admin_key_can_be_changed_while_another_unrestricted_one_exists() {
    let world = World::start().await;
    let own = world.own().await;
    let (other, other_secret) =
        world.made(json!({"scopes": ["admin"], "expires_at": "2999-01-01T00:00:00Z"})).await;
    // An end may be moved away and, with another key there, closer.
    assert_eq!(
        world.patch(&other, json!({"expires_at": "2998-01-01T00:00:00Z"})).await.status,
        StatusCode::OK
    );
    assert_eq!(world.delete(&own).await.status, StatusCode::NO_CONTENT);
    let last = async |change: Value| {
        let request = testkit::request(Method::PATCH, &other, &other_secret, change.to_string());
        testkit::send(&world.router, request).await
    };
    assert_eq!(refusal(&last(json!({"expires_at": "2997-01-01T00:00:00Z"})).await), REFUSED);
    assert_eq!(last(json!({"expires_at": "2999-01-01T00:00:00Z"})).await.status, StatusCode::OK);
    assert_eq!(last(json!({"expires_at": null})).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_admins_revoking_each_other_concurrently_keeps_its_key() {
    for round in 0..8 {
        let world = World::start().await;
        let own = world.own().await;
        let (other, other_secret) = world.made(json!({"scopes": ["admin"]})).await;
        let ends = |path: String, key: String| {
            let request = if round % 2 == 0 {
                testkit::request(Method::DELETE, &path, &key, "")
            } else {
                testkit::request(Method::PATCH, &path, &key, json!({"scopes": ["chat"]}).to_string())
            };
            let router = world.router.clone();
            async move { testkit::send(&router, request).await.status }
        };
        let (one, two) = tokio::join!(ends(other, world.admin.clone()), ends(own, other_secret));
        let is_done = |status: StatusCode| status.is_success();
        assert_ne!(is_done(one), is_done(two), "{one} and {two}");
        // The loser was refused for being the last, or came with a key that had just ended.
        let lost = if is_done(one) { two } else { one };
        assert!(
            [StatusCode::CONFLICT, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&lost),
            "{lost}"
        );
        let left = "select id from api_keys where revoked_at is null and 'admin' = any (scopes)";
        assert_eq!(world.harness.db.rows(left).await.len(), 1);
    }
}
