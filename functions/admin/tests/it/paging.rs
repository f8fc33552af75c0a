//! Lists: filters, pages without gaps, and parameters that make no sense.

use serde_json::{Value, json};

use crate::{World, refusal};

fn names(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_hold_every_key_once_newest_first() {
    let world = World::start().await;
    for number in 0..7 {
        world.post("/api/keys", json!({"name": format!("page {number}"), "scopes": ["chat"]})).await;
    }
    let (mut found, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = world.get(&format!("/api/keys?name=PAGE&limit=3{cursor}")).await.json();
        found.extend(names(&page).into_iter().map(str::to_owned));
        pages += 1;
        // Keys created between two pages do not shift the pages.
        world.post("/api/keys", json!({"name": "page late", "scopes": ["chat"]})).await;
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let expected: Vec<String> = (0..7).rev().map(|number| format!("page {number}")).collect();
    assert_eq!((found, pages), (expected, 3));
}

#[tokio::test]
async fn full_last_page_has_no_next() {
    let world = World::start().await;
    for _ in 0..2 {
        world.chat_key().await;
    }
    let page = world.get("/api/keys?name=chat&limit=2").await.json();
    assert_eq!((names(&page).len(), &page["next_cursor"]), (2, &Value::Null));
}

#[tokio::test]
async fn filters_of_keys_combine() {
    let world = World::start().await;
    let make = async |name: &str, label: Option<&str>, scopes: &[&str]| {
        let body = json!({"name": name, "user_label": label, "scopes": scopes});
        world.post("/api/keys", body).await.json()["id"].as_str().unwrap().to_owned()
    };
    make("alpha", Some("a"), &["chat"]).await;
    make("Alphabet", Some("b"), &["chat", "usage:read"]).await;
    let gone = make("beta", Some("a"), &["usage:read"]).await;
    make("100% _sure_", None, &["chat"]).await;
    world.delete(&format!("/api/keys/{gone}")).await;
    let mut answers = Vec::new();
    for query in [
        "user_label=a",
        "user_label=a&status=active",
        "status=revoked",
        "scope=usage:read",
        "name=ALPHA",
        "name=%25",
        "name=_s",
        "name=alpha&scope=usage:read",
        "user_label=nobody",
        "status=expired",
    ] {
        let page = world.get(&format!("/api/keys?{query}")).await.json();
        answers.push(format!("{query}: {}", names(&page).join(", ")));
    }
    insta::assert_snapshot!(answers.join("\n"), @"
    user_label=a: beta, alpha
    user_label=a&status=active: alpha
    status=revoked: beta
    scope=usage:read: beta, Alphabet
    name=ALPHA: Alphabet, alpha
    name=%25: 100% _sure_
    name=_s: 100% _sure_
    name=alpha&scope=usage:read: Alphabet
    user_label=nobody: 
    status=expired:
    ");
}

#[tokio::test]
async fn invalid_parameters_are_all_named() {
    let world = World::start().await;
    let mut answers = Vec::new();
    for path in [
        "/api/keys?limit=0&status=gone&scope=root&color=red",
        "/api/keys?limit=201",
        "/api/keys?limit=1&limit=2",
        "/api/keys?limit=ten",
        "/api/keys?cursor=next",
        "/api/keys?cursor=lim_0198c0de0000700080000000000000b1",
        "/api/keys?name=",
        "/api/keys?name=%00",
        "/api/limits?metric=minutes&window=fortnight&mode=firm&subject_kind=team&subject_id=%00",
        "/api/prices?service_tier=gold&at=yesterday",
        "/api/prices?cursor=x&model=%00",
        "/api/audit?subject_kind=price&action=look&actor=me&from=1&to=2",
    ] {
        answers.push(format!("{path}: {}", refusal(&world.get(path).await)));
    }
    insta::assert_snapshot!(answers.join("\n"), @"
    /api/keys?limit=0&status=gone&scope=root&color=red: 422 invalid_request | scope: must be one of chat, usage:read, admin | status: must be one of active, expired, revoked | limit: must be a whole number from 1 to 200 | color: is not a parameter of this endpoint
    /api/keys?limit=201: 422 invalid_request | limit: must be a whole number from 1 to 200
    /api/keys?limit=1&limit=2: 422 invalid_request | limit: must be sent only once
    /api/keys?limit=ten: 422 invalid_request | limit: must be a whole number from 1 to 200
    /api/keys?cursor=next: 422 invalid_request | cursor: must be the next_cursor of a page
    /api/keys?cursor=lim_0198c0de0000700080000000000000b1: 422 invalid_request | cursor: must be the next_cursor of a page
    /api/keys?name=: 422 invalid_request | name: must be 1 to 256 characters without control characters
    /api/keys?name=%00: 422 invalid_request | name: must not contain control characters
    /api/limits?metric=minutes&window=fortnight&mode=firm&subject_kind=team&subject_id=%00: 422 invalid_request | subject_kind: must be one of global, label, key, tag | subject_id: must not contain control characters | metric: must be one of requests, tokens, usd, concurrency | window: must be one of minute, hour, day, week, month, total | mode: must be one of hard, soft
    /api/prices?service_tier=gold&at=yesterday: 422 invalid_request | service_tier: must be one of default, flex, priority, scale, ultrafast, batch, peak, fast, us, fast-us | at: must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B)
    /api/prices?cursor=x&model=%00: 422 invalid_request | model: must not contain control characters | cursor: must be the next_cursor of a page
    /api/audit?subject_kind=price&action=look&actor=me&from=1&to=2: 422 invalid_request | action: must be one of create, update, delete, revoke, rotate | actor: must be a valid id: expected `key_` followed by a UUID | from: must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B) | to: must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B)
    ");
}

#[tokio::test]
async fn malformed_ids_are_not_found() {
    let world = World::start().await;
    for path in [
        "/api/keys/key_0198c0de0000700080000000ffffffff",
        "/api/keys/lim_0198c0de0000700080000000ffffffff",
        "/api/keys/7",
        "/api/keys/%00",
        "/api/limits/lim_0198c0de0000700080000000ffffffff",
        "/api/limits/x",
    ] {
        assert_eq!(refusal(&world.get(path).await), "404 not_found", "{path}");
        assert_eq!(refusal(&world.patch(path, json!({})).await), "404 not_found", "{path}");
        assert_eq!(refusal(&world.delete(path).await), "404 not_found", "{path}");
    }
    for path in ["/api/prices/9999999", "/api/prices/x", "/api/prices/99999999999999999999"] {
        assert_eq!(refusal(&world.delete(path).await), "404 not_found", "{path}");
    }
    assert_eq!(refusal(&world.post("/api/keys/x/rotate", json!({})).await), "404 not_found");
}
