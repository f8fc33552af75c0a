//! An administrator whose key is bound to a label: theirs is what belongs to that label, and nothing else.

use axum::body::Body;
use domain::keys::Scope;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Reply, request, send};

use crate::{World, refusal};

/// The world and a key of `team-a`'s administrator.
async fn start() -> (World, String) {
    let world = World::start().await;
    let bound = world.harness.key().scopes(&[Scope::Admin]).label("team-a").create().await;
    (world, bound)
}

pub(crate) async fn ask(world: &World, key: &str, method: Method, path: &str, body: Value) -> Reply {
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    send(&world.router, request(method, path, key, body)).await
}

#[tokio::test]
async fn keys_of_other_labels_are_out_of_reach() {
    let (world, bound) = start().await;
    let made =
        world.post("/api/keys", json!({"name": "b", "user_label": "team-b", "scopes": ["chat"]})).await;
    let (free, _) = world.chat_key().await;
    let other = format!("/api/keys/{}", made.json()["id"].as_str().unwrap());
    let none = Value::Null;
    let mut answers = Vec::new();
    for (method, path, body) in [
        (Method::GET, other.clone(), &none),
        (Method::PATCH, other.clone(), &json!({"name": "mine"})),
        (Method::DELETE, other.clone(), &none),
        (Method::POST, format!("{other}/rotate"), &none),
        (Method::GET, free.clone(), &none),
        (Method::DELETE, free.clone(), &none),
        (Method::GET, "/api/keys?user_label=team-b".to_owned(), &none),
        (
            Method::POST,
            "/api/keys".to_owned(),
            &json!({"name": "x", "user_label": "team-b", "scopes": ["chat"]}),
        ),
        (
            Method::POST,
            "/api/keys".to_owned(),
            &json!({"name": "x", "user_label": null, "scopes": ["admin"]}),
        ),
        (
            Method::POST,
            "/api/prices".to_owned(),
            &json!({"model": "m", "effective_from": "2100-01-01T00:00:00Z", "input": "1", "output": "1"}),
        ),
        (Method::DELETE, "/api/prices/1".to_owned(), &none),
    ] {
        answers.push(refusal(&ask(&world, &bound, method, &path, body.clone()).await));
    }
    let (hidden, forbidden) = answers.split_at(6);
    assert!(hidden.iter().all(|answer| answer == "404 not_found"), "existence is no one else's: {hidden:#?}");
    assert!(forbidden.iter().all(|answer| answer == "403 label_not_allowed"), "{forbidden:#?}");
    assert_eq!(world.get(&other).await.json()["name"], "b");
    let prices = ask(&world, &bound, Method::GET, "/api/prices?limit=1", Value::Null).await;
    assert_eq!(prices.status, StatusCode::OK, "prices are no secret");
}

#[tokio::test]
async fn bound_administrator_manages_its_own_label_and_new_keys_inherit_it() {
    let (world, bound) = start().await;
    let made =
        ask(&world, &bound, Method::POST, "/api/keys", json!({"name": "mine", "scopes": ["chat"]})).await;
    assert_eq!((made.status, &made.json()["user_label"]), (StatusCode::CREATED, &json!("team-a")));
    let path = format!("/api/keys/{}", made.json()["id"].as_str().unwrap());
    let renamed = ask(&world, &bound, Method::PATCH, &path, json!({"name": "ours"})).await;
    assert_eq!(renamed.status, StatusCode::OK);
    for label in [json!("team-b"), Value::Null] {
        let moved = ask(&world, &bound, Method::PATCH, &path, json!({"user_label": label})).await;
        assert!(
            refusal(&moved).starts_with("422 invalid_request | user_label: cannot be changed"),
            "{label}"
        );
    }
    world.chat_key().await;
    let list = ask(&world, &bound, Method::GET, "/api/keys", Value::Null).await.json();
    let names: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ours", "test"], "their own key and the one they made");
    let audit = ask(&world, &bound, Method::GET, "/api/audit", Value::Null).await.json();
    let actions: Vec<&str> =
        audit["data"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["update", "create"]);
}

/// Else the administrator of a label could lift what administrators of everything have set for it.
#[tokio::test]
async fn bound_administrator_reads_limits_of_unbound_ones_and_changes_its_own_only() {
    let (world, bound) = start().await;
    let limit = |window: &str| json!({"subject": {"kind": "label", "id": "team-a"}, "metric": "requests", "window": window, "amount": 5, "mode": "hard"});
    let set = world.post("/api/limits", limit("day")).await.json();
    let own = ask(&world, &bound, Method::POST, "/api/limits", limit("month")).await.json();
    assert_eq!((&set["created_by_label"], &own["created_by_label"]), (&Value::Null, &json!("team-a")));
    assert!(set["created_by"].as_str().unwrap().starts_with("key_"), "{set}");
    let path = |limit: &Value| format!("/api/limits/{}", limit["id"].as_str().unwrap());
    let try_all = async |path: String| {
        let mut answers = Vec::new();
        for (method, body) in [
            (Method::GET, Value::Null),
            (Method::PATCH, json!({"amount": 6})),
            (Method::PATCH, json!({"mode": "soft"})),
            (Method::DELETE, Value::Null),
        ] {
            let reply = ask(&world, &bound, method, &path, body).await;
            answers.push(if reply.status.is_success() { reply.status.to_string() } else { refusal(&reply) });
        }
        answers
    };
    let protected = "403 limit_protected";
    assert_eq!(try_all(path(&set)).await, ["200 OK", protected, protected, protected]);
    assert_eq!(try_all(path(&own)).await, ["200 OK", "200 OK", "200 OK", "204 No Content"]);
    assert_eq!(world.get(&path(&set)).await.json()["amount"], 5);
    // One that is not known to be a bound administrator's is not theirs, either.
    let own = ask(&world, &bound, Method::POST, "/api/limits", limit("week")).await.json();
    world.harness.db.execute("update limits set created_by = null, created_by_label = null").await;
    assert_eq!(try_all(path(&own)).await, ["200 OK", protected, protected, protected]);
    for subject in [
        json!({"kind": "label", "id": "*"}),
        json!({"kind": "key", "id": "*"}),
        json!({"kind": "tag", "id": "team=a"}),
    ] {
        let body =
            json!({"subject": subject, "metric": "requests", "window": "day", "amount": 5, "mode": "soft"});
        let tried = ask(&world, &bound, Method::POST, "/api/limits", body).await;
        assert_eq!(refusal(&tried), "403 label_not_allowed", "{subject}");
    }
}

#[tokio::test]
async fn limits_of_other_labels_are_out_of_reach() {
    let (world, bound) = start().await;
    let key = async |label: &str| {
        let made =
            world.post("/api/keys", json!({"name": label, "user_label": label, "scopes": ["chat"]})).await;
        made.json()["id"].as_str().unwrap().to_owned()
    };
    let (own, other) = (key("team-a").await, key("team-b").await);
    let limit = |subject: Value| json!({"subject": subject, "metric": "requests", "window": "day", "amount": 5, "mode": "hard"});
    for (subject, is_theirs) in [
        (json!({"kind": "global"}), false),
        (json!({"kind": "label", "id": "team-b"}), false),
        (json!({"kind": "key", "id": other}), false),
        (json!({"kind": "label", "id": "team-a"}), true),
        (json!({"kind": "key", "id": own}), true),
    ] {
        let tried = ask(&world, &bound, Method::POST, "/api/limits", limit(subject.clone())).await;
        if is_theirs {
            assert_eq!(tried.status, StatusCode::CREATED, "{subject}");
            continue;
        }
        let refused = match subject["kind"].as_str() {
            // As for a key that does not exist.
            Some("key") => "422 invalid_request | subject.id: does not name an existing key",
            _ => "403 label_not_allowed",
        };
        assert_eq!(refusal(&tried), refused, "{subject}");
        let made = world.post("/api/limits", limit(subject.clone())).await.json();
        let path = format!("/api/limits/{}", made["id"].as_str().unwrap());
        for (method, path, body) in [
            (Method::GET, path.clone(), Value::Null),
            (Method::GET, format!("{path}/windows"), Value::Null),
            (Method::PATCH, path.clone(), json!({"amount": 6})),
            // Invalid, which would tell the limit's metric.
            (Method::PATCH, path.clone(), json!({"amount": "a"})),
            (Method::DELETE, path.clone(), Value::Null),
        ] {
            let refused = ask(&world, &bound, method.clone(), &path, body).await;
            assert_eq!(refusal(&refused), "404 not_found", "{method} {path} {subject}");
        }
    }
    let list = ask(&world, &bound, Method::GET, "/api/limits", Value::Null).await.json();
    let kinds: Vec<&str> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|limit| limit["subject"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["key", "label"]);
    assert_eq!(world.get("/api/limits").await.json()["data"].as_array().unwrap().len(), 5);
}
