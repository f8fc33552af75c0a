//! Limits as keys that read usage see them.

use domain::keys::Scope;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::requests;
use crate::binding::ask;
use crate::{World, refusal};

#[tokio::test]
async fn readers_see_limits_and_change_nothing() {
    let world = World::start().await;
    let key = world
        .post("/api/keys", json!({"name": "s", "user_label": "search", "scopes": ["chat"]}))
        .await
        .json();
    let mut paths = Vec::new();
    for subject in [
        json!({"kind": "global"}),
        json!({"kind": "label", "id": "*"}),
        json!({"kind": "key", "id": "*"}),
        json!({"kind": "tag", "id": "team=search"}),
        json!({"kind": "label", "id": "other"}),
        json!({"kind": "label", "id": "search"}),
        json!({"kind": "key", "id": key["id"]}),
    ] {
        let made = world.post("/api/limits", requests(subject, "day", 5)).await.json();
        paths.push(format!("/api/limits/{}", made["id"].as_str().unwrap()));
    }
    let builder = || world.harness.key().scopes(&[Scope::UsageRead]);
    let (all, bound) = (builder().create().await, builder().label("search").create().await);
    for (who, key, first) in [("all", &all, 0), ("bound", &bound, 5)] {
        let list = ask(&world, key, Method::GET, "/api/limits", Value::Null).await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), paths.len() - first, "{who}");
        for (index, path) in paths.iter().enumerate() {
            for path in [path.clone(), format!("{path}/windows")] {
                let found = ask(&world, key, Method::GET, &path, Value::Null).await;
                let expected = if index < first { StatusCode::NOT_FOUND } else { StatusCode::OK };
                assert_eq!(found.status, expected, "{who} {index}");
            }
            for (method, body) in [(Method::PATCH, json!({"amount": 6})), (Method::DELETE, Value::Null)] {
                let refused = ask(&world, key, method, path, body).await;
                assert_eq!(refusal(&refused), "403 scope_missing", "{who} {index}");
            }
        }
        let refused =
            ask(&world, key, Method::POST, "/api/limits", requests(json!({"kind": "global"}), "hour", 1));
        assert_eq!(refusal(&refused.await), "403 scope_missing");
    }
    let chat = world.harness.key().create().await;
    for path in ["/api/limits", "/api/limits/events", &paths[5], &format!("{}/windows", paths[5])] {
        for (key, expected) in [(chat.as_str(), "403 scope_missing"), ("", "401 invalid_api_key")] {
            let refused = ask(&world, key, Method::GET, path, Value::Null).await;
            assert_eq!(refusal(&refused), expected, "{path}");
        }
    }
}
