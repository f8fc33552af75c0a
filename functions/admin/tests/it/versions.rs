//! Two administrators at once: the second one, with a stale version, is refused.

use http::{Method, StatusCode};
use serde_json::json;

use crate::{World, call, refusal};

async fn limit(world: &World) -> String {
    let body = json!({"subject": {"kind": "global"}, "metric": "requests", "window": "day", "amount": 5, "mode": "hard"});
    let made = world.post("/api/limits", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    format!("/api/limits/{}", made.json()["id"].as_str().unwrap())
}

#[tokio::test]
async fn second_of_two_changes_from_the_same_version_is_refused() {
    let world = World::start().await;
    for (path, field, values) in [
        (world.chat_key().await.0, "name", [json!("one"), json!("two")]),
        (limit(&world).await, "amount", [json!(10), json!(20)]),
    ] {
        let read = world.get(&path).await;
        let tag = read.header("etag").unwrap().to_owned();
        let edit = async |value: &serde_json::Value| {
            let body = json!({field: value}).to_string();
            world.send(Method::PATCH, &path, &[("if-match", &tag)], &body).await
        };
        let (one, two) = tokio::join!(edit(&values[0]), edit(&values[1]));
        let (done, refused) = if one.status == StatusCode::OK { (one, two) } else { (two, one) };
        assert_eq!((done.status, refusal(&refused)), (StatusCode::OK, "412 precondition_failed".to_owned()));
        assert_ne!(done.header("etag"), Some(&tag[..]));
        let now = world.get(&path).await;
        assert_eq!((now.header("etag"), &now.json()[field]), (done.header("etag"), &done.json()[field]));
    }
}

#[tokio::test]
async fn every_write_knows_if_match() {
    let world = World::start().await;
    let (key, limit) = (world.chat_key().await.0, limit(&world).await);
    let rotate = format!("{key}/rotate");
    for (method, path, body) in [
        (Method::PATCH, &key, r#"{"name": "x"}"#),
        (Method::POST, &rotate, "{}"),
        (Method::DELETE, &key, ""),
        (Method::PATCH, &limit, r#"{"amount": 7}"#),
        (Method::DELETE, &limit, ""),
    ] {
        for stale in ["\"9\"", "W/\"1\"", "1", "\"8\", \"9\""] {
            let refused = world.send(method.clone(), path, &[("if-match", stale)], body).await;
            assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{method} {path} {stale}");
        }
        let done = world.send(method.clone(), path, &[("if-match", "*")], body).await;
        assert!(done.status.is_success(), "{method} {path}: {}", done.text());
    }
}

#[tokio::test]
async fn calls_and_changes_of_nothing_leave_the_version() {
    let world = World::start().await;
    let (path, secret) = world.chat_key().await;
    let tag = async || world.get(&path).await.header("etag").unwrap().to_owned();
    let first = tag().await;
    assert_eq!(call(&world.chat().await, &secret).await, 200);
    assert!(world.get(&path).await.json()["last_used_at"].is_string());
    assert_eq!(world.patch(&path, json!({"name": "chat"})).await.status, StatusCode::OK);
    assert_eq!(tag().await, first);
    let audited = world.harness.db.rows("select action from audit_log").await;
    assert_eq!(audited.len(), 1, "only the creation");
}
