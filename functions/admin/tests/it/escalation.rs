//! An administrator whose key is bound to a label grants no more than that key has, by whatever request.

use domain::keys::Scope;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::binding::ask;
use crate::{World, refusal};

const EXCEEDS: &str = "403 exceeds_own_key";

/// The secret of an administrator of `team-a` with two restrictions, and the path of its key.
async fn restricted(world: &World) -> (String, String) {
    let admin = world.harness.key().scopes(&[Scope::Admin]).label("team-a").models(&["gpt-4o*"]);
    let admin = admin.expires_in("1 day").create().await;
    let keys = world.get("/api/keys?user_label=team-a").await.json();
    (admin, path_of(&keys["data"][0]))
}

fn path_of(key: &Value) -> String {
    format!("/api/keys/{}", key["id"].as_str().unwrap())
}

#[tokio::test]
async fn new_key_inherits_restrictions_and_cannot_exceed_them() {
    let world = World::start().await;
    let (admin, own) = restricted(&world).await;
    for excess in [
        json!({"models": null}),
        json!({"models": ["*"]}),
        json!({"models": ["gpt-4o-mini", "gpt-5"]}),
        json!({"models": ["gpt-4*"]}),
        json!({"expires_at": null}),
        json!({"expires_at": "2999-01-01T00:00:00Z"}),
        json!({"models": null, "expires_at": null, "scopes": ["admin"]}),
    ] {
        let mut body = json!({"name": "more", "scopes": ["chat"]});
        body.as_object_mut().unwrap().extend(excess.as_object().unwrap().clone());
        let made = ask(&world, &admin, Method::POST, "/api/keys", body).await;
        assert_eq!(refusal(&made), EXCEEDS, "{excess}");
    }
    let own = world.get(&own).await.json();
    let less = json!({"name": "less", "scopes": ["chat"], "models": ["gpt-4o-mini"]});
    for (body, models) in
        [(json!({"name": "same", "scopes": ["admin"]}), &own["models"]), (less.clone(), &less["models"])]
    {
        let made = ask(&world, &admin, Method::POST, "/api/keys", body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        assert_eq!((&made.json()["models"], &made.json()["expires_at"]), (models, &own["expires_at"]));
    }
}

#[tokio::test]
async fn own_key_cannot_be_changed_and_other_keys_cannot_be_widened() {
    let world = World::start().await;
    let (admin, own) = restricted(&world).await;
    for change in [
        json!({"name": "mine"}),
        json!({"models": null}),
        json!({"expires_at": null}),
        json!({"scopes": ["admin", "chat"]}),
    ] {
        let changed = ask(&world, &admin, Method::PATCH, &own, change.clone()).await;
        assert_eq!(refusal(&changed), "403 own_key", "{change}");
    }
    let made = ask(&world, &admin, Method::POST, "/api/keys", json!({"name": "x", "scopes": ["chat"]})).await;
    let made = path_of(&made.json());
    for change in [json!({"models": null}), json!({"models": ["o3"]}), json!({"expires_at": null})] {
        let changed = ask(&world, &admin, Method::PATCH, &made, change.clone()).await;
        assert_eq!(refusal(&changed), EXCEEDS, "{change}");
    }
    let narrowed = ask(&world, &admin, Method::PATCH, &made, json!({"models": ["gpt-4o"]})).await;
    assert_eq!(narrowed.status, StatusCode::OK);
    let ended = ask(&world, &admin, Method::DELETE, &made, Value::Null).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn keys_that_may_do_more_can_be_seen_but_not_managed() {
    let world = World::start().await;
    let (admin, _) = restricted(&world).await;
    let expires_at = "2999-01-01T00:00:00Z";
    for fields in [json!({}), json!({"models": ["gpt-4o"]}), json!({"expires_at": expires_at})] {
        let mut body = json!({"name": "more", "user_label": "team-a", "scopes": ["chat"]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let more = path_of(&world.post("/api/keys", body).await.json());
        for (method, path, body) in [
            (Method::PATCH, more.clone(), json!({"name": "mine"})),
            (Method::PATCH, more.clone(), json!({"models": ["gpt-4o"], "expires_at": null})),
            (Method::POST, format!("{more}/rotate"), json!({"grace_seconds": 60})),
            (Method::DELETE, more.clone(), Value::Null),
        ] {
            let refused = ask(&world, &admin, method.clone(), &path, body).await;
            assert_eq!(refusal(&refused), EXCEEDS, "{method} {fields}");
        }
        let seen = ask(&world, &admin, Method::GET, &more, Value::Null).await;
        assert_eq!((seen.status, &seen.json()["name"]), (StatusCode::OK, &json!("more")));
    }
}

#[tokio::test]
async fn retiring_secret_hands_nothing_on_that_outlasts_it() {
    let world = World::start().await;
    let admin = world.harness.key().scopes(&[Scope::Admin]).label("team-a").create().await;
    let keys = world.get("/api/keys?user_label=team-a").await.json();
    let rotate = format!("{}/rotate", path_of(&keys["data"][0]));
    let grace = json!({"grace_seconds": 600});
    let rotated = ask(&world, &admin, Method::POST, &rotate, grace.clone()).await;
    assert_eq!(rotated.status, StatusCode::OK, "its own key may be rotated");
    let end = rotated.json()["retiring_secrets"][0]["expires_at"].clone();
    // From here on, `admin` is the old secret.
    assert_eq!(refusal(&ask(&world, &admin, Method::POST, &rotate, grace.clone()).await), EXCEEDS);
    let body = json!({"name": "x", "scopes": ["admin"]});
    let made = ask(&world, &admin, Method::POST, "/api/keys", body).await;
    assert_eq!(made.json()["expires_at"], end);
    let lasting = json!({"name": "x", "scopes": ["admin"], "expires_at": null});
    assert_eq!(refusal(&ask(&world, &admin, Method::POST, "/api/keys", lasting).await), EXCEEDS);
    let new = rotated.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(ask(&world, &new, Method::POST, &rotate, grace).await.status, StatusCode::OK);
}

#[tokio::test]
async fn label_of_a_key_is_fixed() {
    let world = World::start().await;
    let bound = json!({"name": "a", "user_label": "team-a", "scopes": ["chat"]});
    let bound = path_of(&world.post("/api/keys", bound).await.json());
    let (free, _) = world.chat_key().await;
    for (path, label) in [(&bound, json!("team-b")), (&bound, Value::Null), (&free, json!("team-a"))] {
        let moved = world.patch(path, json!({"user_label": label, "name": "moved"})).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(refusal(&moved), @"422 invalid_request | user_label: cannot be changed, since the key's history belongs to its label; create a new key");
        }
    }
    let same = world.patch(&bound, json!({"user_label": "team-a", "name": "renamed"})).await;
    assert_eq!((same.status, &same.json()["name"]), (StatusCode::OK, &json!("renamed")));
}

#[tokio::test]
async fn audit_hides_what_a_key_was_under_another_label() {
    let world = World::start().await;
    let admin = world.harness.key().scopes(&[Scope::Admin]).label("team-b").create().await;
    let entry = json!({"name": "secret project", "user_label": "team-a"});
    world
        .harness
        .db
        .execute(&format!(
            "insert into audit_log (
                actor_key_id, actor_name, action, subject_kind, subject_id, user_label, request_id, before, after
            )
            select id, name, 'update', 'key', 'key_1', 'team-b', 'req_1', '{entry}', '{{\"user_label\": \"team-b\"}}'
            from api_keys
            limit 1"
        ))
        .await;
    let audit = ask(&world, &admin, Method::GET, "/api/audit", Value::Null).await;
    assert_eq!(audit.json()["data"], json!([]), "{}", audit.text());
    assert_eq!(world.get("/api/audit").await.json()["data"].as_array().unwrap().len(), 1);
}
