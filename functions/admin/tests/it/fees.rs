//! Fees of built-in tools: added from now on, part of the next call, and removed only before they take effect.

use domain::keys::Scope;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::post;

use crate::binding::ask;
use crate::facts::find;
use crate::{World, refusal};

const FEES: &str = "/api/prices/fees";
const LATER: &str = "2100-01-01T00:00:00Z";

#[tokio::test]
async fn fees_are_listed_with_their_dates_and_unknown_ones_are_null() {
    let world = World::start().await;
    let fee = json!({"tool": "file_search", "effective_from": LATER, "cost_usd": 0.003,
        "max_cost_usd": "0.003000000001", "max_result_tokens": 5});
    let added = world.post(FEES, fee).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    let list = world.get(FEES).await.json();
    let mut found = find(&list, &json!({"tool": "file_search", "provider": "openai"})).into_iter().cloned();
    assert_eq!(found.next(), Some(added.json()));
    let mut listed = found.next().unwrap();
    assert!(listed["id"].take().is_i64());
    assert_eq!(
        listed,
        json!({"id": null, "provider": "openai", "tool": "file_search", "model": null, "effective_from": "2024-01-01T00:00:00Z",
            "cost_usd": "0.0025", "max_cost_usd": "0.0025", "max_result_tokens": null})
    );
    let unknown = find(&list, &json!({"tool": "chat_search", "model": null}));
    assert_eq!((&unknown[0]["cost_usd"], &unknown[0]["max_cost_usd"]), (&Value::Null, &json!("0.05")));
}

/// The fees of a call that searches the web once.
async fn fees_of_a_search(world: &World, chat: &axum::Router, secret: &str) -> Value {
    world.harness.db.execute("truncate usage_logs").await;
    let body = json!({"model": "gpt-5", "input": "Hi", "tools": [{"type": "web_search"}]});
    assert_eq!(post(chat, "/v1/responses", secret, body).await.status, StatusCode::OK);
    world.harness.only_row().await["fees"][0]["cost_pico_usd"].clone()
}

#[tokio::test]
async fn next_call_pays_the_new_fee() {
    let world = World::start().await;
    let (chat, (_, secret)) = (world.chat().await, world.chat_key().await);
    assert_eq!(fees_of_a_search(&world, &chat, &secret).await, 10_000_000_000_i64);
    for (fee, billed) in [
        (json!({"tool": "web_search", "cost_usd": "0.012"}), json!(12_000_000_000_i64)),
        (json!({"tool": "web_search", "cost_usd": "9", "effective_from": LATER}), json!(12_000_000_000_i64)),
        (json!({"tool": "web_search", "model": "gpt-5", "cost_usd": "0"}), Value::Null),
        (json!({"tool": "web_search", "model": "gpt-4o", "cost_usd": "7"}), Value::Null),
        (json!({"tool": "web_search", "model": "gpt-5", "cost_usd": 0.5}), json!(500_000_000_000_i64)),
        (json!({"tool": "web_search", "model": "gpt-5", "cost_usd": null, "max_cost_usd": "1"}), Value::Null),
    ] {
        let added = world.post(FEES, fee.clone()).await;
        assert_eq!(added.status, StatusCode::CREATED, "{fee}: {}", added.text());
        assert_eq!(fees_of_a_search(&world, &chat, &secret).await, billed, "{fee}");
    }
    let rows = world.harness.ledger().await;
    assert_eq!(rows[0]["cost_pico_usd"], Value::Null, "an unknown fee leaves the call unpriced");
}

#[tokio::test]
async fn only_fees_that_have_not_taken_effect_can_be_removed() {
    let world = World::start().await;
    let planned = world.post(FEES, json!({"tool": "mcp", "effective_from": LATER, "cost_usd": "0.1"})).await;
    let planned = planned.json();
    let current = world.post(FEES, json!({"tool": "mcp", "cost_usd": "0.1"})).await.json();
    let path = |fee: &Value| format!("{FEES}/{}", fee["id"]);
    assert_eq!(refusal(&world.delete(&path(&current)).await), "409 fee_in_effect");
    assert_eq!(world.delete(&path(&planned)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(refusal(&world.delete(&path(&planned)).await), "404 not_found");
    let list = world.get(FEES).await.json();
    assert!(find(&list, &json!({"id": planned["id"]})).is_empty());
    assert_eq!(find(&list, &json!({"id": current["id"]})), [&current]);
}

#[tokio::test]
async fn every_invalid_field_of_a_fee_is_named() {
    let world = World::start().await;
    let mut answers = Vec::new();
    for body in [
        r"{}",
        r#"{"tool": "websearch", "model": "", "cost_usd": "-0.01", "max_result_tokens": 0}"#,
        r#"{"tool": "web_search_preview_2025_03_11", "cost_usd": 1000.1}"#,
        r#"{"tool": "web_search", "cost_usd": "0.0000000000001", "max_cost_usd": "NaN"}"#,
        r#"{"tool": "web_search", "cost_usd": "1e400", "max_result_tokens": 1e400}"#,
        r#"{"tool": "web_search", "cost_usd": null}"#,
        r#"{"tool": "web_search", "cost_usd": "0.02", "max_cost_usd": "0.01"}"#,
        r#"{"tool": "web_search", "cost_usd": "0.02", "effective_from": "2026-11-01T00:00:00Z"}"#,
        r#"{"tool": "web_search", "cost_usd": "0.02", "effective_from": "soon", "id": 5}"#,
        r#"{"tool": null, "cost_usd": [], "max_cost_usd": true}"#,
    ] {
        answers.push(refusal(&world.send(Method::POST, FEES, &[], body).await));
    }
    let twice = json!({"tool": "other", "cost_usd": "0.1", "effective_from": LATER});
    assert_eq!(world.post(FEES, twice.clone()).await.status, StatusCode::CREATED);
    answers.push(refusal(&world.post(FEES, twice).await));
    insta::assert_snapshot!(answers.join("\n"), @r#"
    422 invalid_request | tool: is required | cost_usd: is required; null if it is not known
    422 invalid_request | tool: must be one of web_search, web_fetch, web_search_preview, chat_search, file_search, google_maps, x_search, code_execution, code_interpreter, code_interpreter_4g, code_interpreter_16g, code_interpreter_64g, shell, computer_use, image_generation, mcp, tool_search, guardrail, system_tool, other | model: must be 1 to 256 characters without control characters | cost_usd: must be from 0 to 1000 USD | max_result_tokens: must be a whole number from 1 to 1000000000
    422 invalid_request | tool: must be one of web_search, web_fetch, web_search_preview, chat_search, file_search, google_maps, x_search, code_execution, code_interpreter, code_interpreter_4g, code_interpreter_16g, code_interpreter_64g, shell, computer_use, image_generation, mcp, tool_search, guardrail, system_tool, other | cost_usd: must be from 0 to 1000 USD
    422 invalid_request | cost_usd: must be USD for one use, such as "0.01": more than 12 decimal places | max_cost_usd: must be USD for one use, such as "0.01": not a decimal number
    422 invalid_request | cost_usd: must be USD for one use, such as "0.01": not a decimal number | max_result_tokens: must be a whole number from 1 to 1000000000
    422 invalid_request | max_cost_usd: is required where 'cost_usd' is null
    422 invalid_request | max_cost_usd: must not be less than 'cost_usd'
    422 invalid_request | effective_from: must not be in the past: calls keep the fees they were billed with; leave it out for a fee from now on
    422 invalid_request | effective_from: must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B) | id: is not a field of this request
    422 invalid_request | tool: must be a string | cost_usd: must be USD for one use, such as "0.01": not a decimal number | max_cost_usd: must be USD for one use, such as "0.01": not a decimal number
    409 already_exists
    "#);
}

#[tokio::test]
async fn fees_are_changed_by_unbound_administrators_alone() {
    let world = World::start().await;
    let fee = json!({"tool": "shell", "cost_usd": "0.1", "effective_from": LATER});
    let planned = world.post(FEES, fee.clone()).await.json();
    let path = format!("{FEES}/{}", planned["id"]);
    let reader = world.harness.key().scopes(&[Scope::UsageRead]).create().await;
    let bound = world.harness.key().scopes(&[Scope::Admin]).label("search").create().await;
    for (key, expected) in [
        ("", "401 invalid_api_key"),
        (&reader[..], "403 scope_missing"),
        (&bound[..], "403 label_not_allowed"),
    ] {
        for (method, path) in [(Method::POST, FEES), (Method::DELETE, &path[..])] {
            let reply = ask(&world, key, method.clone(), path, fee.clone()).await;
            assert_eq!(refusal(&reply), expected, "{method}");
        }
    }
    assert_eq!(find(&world.get(FEES).await.json(), &json!({"tool": "shell"})).len(), 2);
}
