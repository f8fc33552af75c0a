//! What makes no sense in a body is named, field by field, and changes nothing.

use http::{Method, StatusCode};
use serde_json::json;

use crate::binding::ask;
use crate::{World, refusal};

#[tokio::test]
async fn every_invalid_field_of_a_key_is_named() {
    let world = World::start().await;
    let mut answers = Vec::new();
    for body in [
        json!({}),
        json!({"name": "", "scopes": []}),
        json!({"name": "a\u{0}b", "scopes": ["root"]}),
        json!({"name": "x".repeat(201), "scopes": ["chat", "chat"]}),
        json!({"name": 7, "scopes": "chat", "user_label": "a\nb", "models": [], "expires_at": "soon"}),
        json!({"name": null, "scopes": null, "user_label": "", "models": [""], "expires_at": 5}),
        json!({"name": "x", "scopes": ["chat"], "models": vec!["m"; 101]}),
        json!({"name": "x", "scopes": ["chat"], "models": ["fine", "\u{0}"]}),
        json!({"name": "x", "scopes": ["chat"], "user_label": "é".repeat(129)}),
        json!({"name": "x", "scopes": ["chat"], "expires_at": "2020-01-01T00:00:00Z"}),
        json!({"name": "x", "scopes": ["chat"], "expires_at": "99999-01-01T00:00:00Z"}),
        json!({"name": "x", "scopes": ["chat"], "secret": "tm_mine", "id": "key_1"}),
        json!([]),
        json!("text"),
    ] {
        answers.push(refusal(&world.post("/api/keys", body).await));
    }
    let (path, _) = world.chat_key().await;
    for body in [
        json!({"name": null}),
        json!({"scopes": []}),
        json!({"revoked_at": null}),
        json!({"expires_at": "2020-01-01T00:00:00Z"}),
    ] {
        answers.push(format!("patch: {}", refusal(&world.patch(&path, body).await)));
    }
    insta::assert_snapshot!(answers.join("\n"), @"
    422 invalid_request | name: is required | scopes: is required
    422 invalid_request | name: must be 1 to 200 characters without control characters | scopes: must not be empty
    422 invalid_request | name: must be 1 to 200 characters without control characters | scopes: must be an array of chat, usage:read and admin
    422 invalid_request | name: must be 1 to 200 characters without control characters | scopes: contains chat twice
    422 invalid_request | name: must be a string | user_label: must be 1 to 128 characters without control or invisible characters | scopes: must be an array of chat, usage:read and admin | models: must contain 1 to 100 model names; use null for all models | expires_at: must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B)
    422 invalid_request | name: must be a string | user_label: must be 1 to 128 characters without control or invisible characters | scopes: must be an array of chat, usage:read and admin | models: item 1 is not a model name: 1 to 256 characters, * for any text | expires_at: must be a string
    422 invalid_request | models: must contain 1 to 100 model names; use null for all models
    422 invalid_request | models: item 2 is not a model name: 1 to 256 characters, * for any text
    422 invalid_request | user_label: must be 1 to 128 characters without control or invisible characters
    422 invalid_request | expires_at: must be in the future; to end a key now, revoke it
    422 invalid_request | expires_at: must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B)
    422 invalid_request | id: is not a field of this request | secret: is not a field of this request
    422 invalid_request | : the body must be a JSON object
    422 invalid_request | : the body must be a JSON object
    patch: 422 invalid_request | name: must be a string
    patch: 422 invalid_request | scopes: must not be empty
    patch: 422 invalid_request | revoked_at: is not a field of this request
    patch: 422 invalid_request | expires_at: must be in the future; to end a key now, revoke it
    ");
    let made = world.harness.db.rows("select id from audit_log where action <> 'create'").await;
    assert!(made.is_empty());
}

#[tokio::test]
async fn every_invalid_field_of_a_limit_is_named() {
    let world = World::start().await;
    let valid = json!({
        "subject": {"kind": "label", "id": "a"}, "metric": "usd", "window": "day", "amount": "5", "mode": "hard"
    });
    let with = |changes: serde_json::Value| {
        let mut body = valid.clone();
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let mut answers = Vec::new();
    for body in [
        json!({}),
        with(json!({"subject": {"kind": "team", "id": "x"}})),
        with(json!({"subject": {"kind": "label"}})),
        with(json!({"subject": {"kind": "label", "id": "a\nb", "color": "red"}})),
        with(json!({"subject": {"kind": "global", "id": "x"}})),
        with(json!({"subject": {"kind": "key", "id": "x"}})),
        with(json!({"subject": {"kind": "tag", "id": "*=x"}})),
        with(json!({"subject": {"kind": "tag", "id": "*=*"}})),
        with(json!({"subject": {"kind": "tag", "id": "team="}})),
        with(json!({"subject": {"kind": "key", "id": "key_0198c0de0000700080000000ffffffff"}})),
        with(json!({"subject": "global"})),
        with(json!({"metric": "minutes", "amount": -1})),
        with(json!({"window": "fortnight", "mode": "firm"})),
        with(json!({"metric": "concurrency", "amount": 5, "window": "day"})),
        with(json!({"amount": "-1"})),
        with(json!({"amount": "3000000.01"})),
        with(json!({"amount": "1e3"})),
        with(json!({"amount": "0.0000000000001"})),
        with(json!({"amount": "NaN"})),
        with(json!({"amount": true})),
        with(json!({"amount": "9".repeat(60)})),
        with(json!({"metric": "tokens", "amount": -1})),
        with(json!({"metric": "tokens", "amount": 1.5})),
        with(json!({"metric": "tokens", "amount": 1_000_000_000_000_001_i64})),
        with(json!({"metric": "tokens", "amount": "5"})),
        with(json!({"time_zone": "Mars/Olympus"})),
        with(json!({"time_zone": "a\u{0}"})),
        with(json!({"used": 5})),
    ] {
        answers.push(refusal(&world.post("/api/limits", body).await));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    422 invalid_request | subject: is required | metric: is required | amount: is required | mode: is required | window: is required
    422 invalid_request | subject.kind: must be one of global, label, key, tag
    422 invalid_request | subject.id: is required
    422 invalid_request | subject.color: is not a field of this request | subject.id: must be 1 to 128 characters without control or invisible characters
    422 invalid_request | subject.id: must be left out where the kind is global
    422 invalid_request | subject.id: must be an id such as key_…, or * for each key
    422 invalid_request | subject.id: must be a tag and its value such as team=search, or team=* for each value; both 1 to 64 ASCII characters without commas, line breaks or spaces around them, and the name is not *
    422 invalid_request | subject.id: must be a tag and its value such as team=search, or team=* for each value; both 1 to 64 ASCII characters without commas, line breaks or spaces around them, and the name is not *
    422 invalid_request | subject.id: must be a tag and its value such as team=search, or team=* for each value; both 1 to 64 ASCII characters without commas, line breaks or spaces around them, and the name is not *
    422 invalid_request | subject.id: does not name an existing key
    422 invalid_request | subject: must be an object
    422 invalid_request | metric: must be one of requests, tokens, usd, concurrency
    422 invalid_request | window: must be one of minute, hour, day, week, month, total | mode: must be one of hard, soft
    422 invalid_request | window: must be total where the metric is concurrency
    422 invalid_request | amount: must be from 0 to 3000000 USD
    422 invalid_request | amount: must be from 0 to 3000000 USD
    422 invalid_request | amount: must be an amount of USD such as "5.00": not a decimal number
    422 invalid_request | amount: must be an amount of USD such as "5.00": more than 12 decimal places
    422 invalid_request | amount: must be an amount of USD such as "5.00": not a decimal number
    422 invalid_request | amount: must be an amount of USD such as "5.00": not a decimal number
    422 invalid_request | amount: must be an amount of USD such as "5.00": out of range
    422 invalid_request | amount: must be a whole number from 0 to 1000000000000000
    422 invalid_request | amount: must be a whole number from 0 to 1000000000000000
    422 invalid_request | amount: must be a whole number from 0 to 1000000000000000
    422 invalid_request | amount: must be a whole number from 0 to 1000000000000000
    422 invalid_request | time_zone: must be an IANA name such as Europe/Berlin
    422 invalid_request | time_zone: must be 1 to 256 characters without control characters
    422 invalid_request | used: is not a field of this request
    "#);
    assert!(world.harness.db.rows("select id from limits").await.is_empty());
}

#[tokio::test]
async fn every_invalid_field_of_a_price_is_named() {
    let world = World::start().await;
    let mut answers = Vec::new();
    for body in [
        r"{}",
        r#"{"model": "", "effective_from": "now", "input": "-1", "output": "x"}"#,
        r#"{"model": "m", "effective_from": "2100-01-01T00:00:00Z", "input": 1e3, "output": "0.0000001"}"#,
        r#"{"model": "m", "effective_from": "2100-01-01T00:00:00Z", "input": "1000000.1", "output": true}"#,
        r#"{"model": "m\u0000", "service_tier": "gold", "above_input_tokens": -1, "effective_from": 5, "input": null, "output": []}"#,
        r#"{"model": "m", "effective_from": "2100-01-01T00:00:00Z", "input": "1", "output": "1", "id": 7}"#,
    ] {
        answers.push(refusal(&world.send(Method::POST, "/api/prices", &[], body).await));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    422 invalid_request | model: is required | effective_from: is required | input: is required | output: is required
    422 invalid_request | model: must be 1 to 256 characters without control characters | effective_from: must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B) | input: must be USD per 1M tokens, such as "2.5": must not be negative | output: must be USD per 1M tokens, such as "2.5": not a decimal number
    422 invalid_request | input: must be USD per 1M tokens, such as "2.5": not a decimal number | output: must be USD per 1M tokens, such as "2.5": more than 6 decimal places
    422 invalid_request | input: must be at most 1000000 USD per 1M tokens | output: must be USD per 1M tokens, such as "2.5": not a decimal number
    422 invalid_request | model: must be 1 to 256 characters without control characters | service_tier: must be one of default, flex, priority, scale, ultrafast, batch, peak, fast, us, fast-us | above_input_tokens: must be a whole number from 0 to 1000000000 | effective_from: must be a string | input: must be USD per 1M tokens, such as "2.5": not a decimal number | output: must be USD per 1M tokens, such as "2.5": not a decimal number
    422 invalid_request | id: is not a field of this request
    "#);
}

#[tokio::test]
async fn bodies_that_are_not_json_or_too_large_are_refused() {
    let world = World::start().await;
    for path in ["/api/keys", "/api/limits", "/api/prices"] {
        let broken = world.send(Method::POST, path, &[], "{\"name\": ").await;
        assert_eq!(refusal(&broken), "400 invalid_json", "{path}");
    }
    let large = world.send(Method::POST, "/api/keys", &[], &" ".repeat(6 * 1024 * 1024 + 1)).await;
    assert_eq!(refusal(&large), "413 request_too_large");
    let put = world.send(Method::PUT, "/api/keys", &[], "{}").await;
    assert_eq!(
        (refusal(&put).as_str(), put.header("allow")),
        ("405 method_not_allowed", Some("GET,HEAD,POST"))
    );
}

#[tokio::test]
async fn malformed_id_is_not_found_once_the_key_is_accepted() {
    let world = World::start().await;
    let long = "key_".repeat(2000);
    let mut tried = 0;
    for (path, item) in admin::openapi().paths.paths.iter().filter(|(path, _)| path.contains("{id}")) {
        let item = serde_json::to_value(item).unwrap();
        for method in item.as_object().unwrap().keys() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            for id in ["%ff", "%C0%AF", "%00", "key_%00", "%2e%2e", "key_%F0%9F%A6%80", "-1e9", "x", &long] {
                let path = path.replace("{id}", id);
                let unknown = ask(&world, "", method.clone(), &path, json!({})).await;
                assert_eq!(refusal(&unknown), "401 invalid_api_key", "{method} {path}");
                let missing = ask(&world, &world.admin, method.clone(), &path, json!({})).await;
                assert_eq!(refusal(&missing), "404 not_found", "{method} {path}");
                assert_eq!(missing.header("content-type"), Some("application/problem+json"));
                tried += 1;
            }
        }
    }
    assert!(tried >= 9 * 9, "{tried}");
}

#[tokio::test]
async fn leap_seconds_and_years_of_five_digits_are_refused() {
    let world = World::start().await;
    for time in [
        "9999-12-31T23:59:60Z",
        "2016-12-31T23:59:60Z",
        "2030-06-30T12:00:60.5+02:00",
        "9999-12-31T23:59:59-01:00",
    ] {
        let key = json!({"name": "x", "scopes": ["chat"], "expires_at": time});
        let price = json!({"model": "m", "effective_from": time, "input": "1", "output": "1"});
        for (path, body) in [("/api/keys", key), ("/api/prices", price)] {
            let refused = world.post(path, body).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {time}: {}", refused.text());
        }
        let time = time.replace('+', "%2B");
        for path in ["/api/audit?from=", "/api/audit?to=", "/api/prices?at="] {
            let refused = world.get(&format!("{path}{time}")).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}{time}");
        }
    }
    let last = "9999-12-31T23:59:59.999999Z";
    let made = world.post("/api/keys", json!({"name": "x", "scopes": ["chat"], "expires_at": last})).await;
    assert_eq!(made.json()["expires_at"], last);
}

#[tokio::test]
async fn responses_are_neither_stored_nor_framed_nor_sniffed() {
    let world = World::start().await;
    for (path, key) in [("/api/keys", &world.admin[..]), ("/api/keys", ""), ("/api/nothing", "")] {
        let reply = testkit::get(&world.router, path, key).await;
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(reply.header(name), Some(expected), "{path} {name}");
        }
        assert!(reply.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    }
}

#[tokio::test]
async fn filters_by_names_that_nothing_can_have_are_refused() {
    let world = World::start().await;
    let (label, model) = ("l".repeat(129), "m".repeat(257));
    for (path, field) in [
        (format!("/api/keys?user_label={label}"), "user_label"),
        (format!("/api/prices?model={model}"), "model"),
        (format!("/api/limits?subject_kind=label&subject_id={label}"), "subject_id"),
        (format!("/api/limits/events?subject_kind=label&subject_id={label}"), "subject_id"),
    ] {
        let reply = world.get(&path).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(reply.json()["errors"][0]["field"], field, "{path}");
        let shorter = format!("{}m", &path[..path.len() - 2]);
        assert_eq!(world.get(&shorter).await.status, StatusCode::OK, "{shorter}");
    }
}
