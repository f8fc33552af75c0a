//! Headers that are sent more than once.

use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::json;
use testkit::{Reply, request, send};

use super::{World, is_well_formed};

async fn call(world: &World, path: &str, headers: &[(&'static str, &str)]) -> Reply {
    let body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]});
    let mut request = request(Method::POST, path, &world.key, body.to_string());
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().append(HeaderName::from_static(name), value);
    }
    send(&world.router, request).await
}

#[tokio::test]
async fn header_with_two_values_is_refused_by_name() {
    let world = World::start().await;
    let other = format!("Bearer {}x", world.key);
    let own = format!("Bearer {}", world.key);
    let rotate = "/api/keys/key_0198c0de0000700080000000ffffffff/rotate";
    let chat = "/v1/chat/completions";
    for (path, name, headers) in [
        (chat, "Authorization", [("authorization", &own[..]), ("authorization", &other)]),
        ("/api/llm/chat", "Authorization", [("authorization", &own), ("authorization", &other)]),
        (rotate, "Authorization", [("authorization", &own), ("authorization", "Basic eDp5")]),
        (chat, "X-User-Label", [("x-user-label", "a"), ("x-user-label", "b")]),
        (chat, "X-User-Label", [("x-user-label", "a"), ("x-user-label", "")]),
        (chat, "Idempotency-Key", [("idempotency-key", "a"), ("idempotency-key", "b")]),
        ("/v1/responses", "Idempotency-Key", [("idempotency-key", ""), ("idempotency-key", "b")]),
        (rotate, "Idempotency-Key", [("idempotency-key", "a"), ("idempotency-key", "b")]),
    ] {
        let reply = call(&world, path, &headers).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path} {name}: {}", reply.text());
        assert!(is_well_formed(path, &reply) && reply.text().contains(name), "{name}: {}", reply.text());
    }
    assert_eq!(world.harness.mock.requests().len(), 0);
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn repeated_values_count_once_and_lists_are_joined() {
    let world = World::start().await;
    let own = format!("Bearer {}", world.key);
    let headers = [
        ("authorization", &own[..]),
        ("x-user-label", "search"),
        ("x-user-label", "search"),
        ("x-usage-tags", "team=a"),
        ("x-usage-tags", "env=b, tier="),
        ("idempotency-key", "k"),
        ("idempotency-key", "k"),
        ("content-type", "text/plain"),
        ("accept", "text/html"),
        ("accept", "application/json"),
        ("user-agent", "a"),
        ("user-agent", "b"),
    ];
    let reply = call(&world, "/v1/chat/completions", &headers).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let row = world.harness.only_row().await;
    let expected = json!({"team": "a", "env": "b", "tier": ""});
    assert_eq!((&row["user_label"], &row["tags"]), (&json!("search"), &expected));
    let tags: Vec<(&str, String)> = (0..9).map(|n| ("x-usage-tags", format!("t{n}=1"))).collect();
    let tags: Vec<(&str, &str)> = tags.iter().map(|(name, tag)| (*name, &tag[..])).collect();
    let reply = call(&world, "/v1/chat/completions", &tags).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text());
    world.assert_nothing_is_lost().await;
}
