//! Corrections that are refused, and those that are made only once.

use domain::keys::Scope;
use futures_util::future::join_all;
use http::StatusCode;
use serde_json::json;
use testkit::post;

use super::{FROM, price, with_calls};
use crate::refusal;

#[tokio::test]
async fn correction_applies_exactly_its_preview_and_only_once() {
    let world = with_calls().await;
    let preview = world.preview(&price("m", "3")).await;
    assert_eq!(refusal(&world.apply(&price("m", "4"), &preview).await), "412 precondition_failed");
    // Several at once, so that some begin while another is at any of its steps.
    let three = price("m", "3");
    let all = join_all((0..12).map(|_| world.apply(&three, &preview))).await;
    let one = world.apply(&three, &preview).await;
    for other in &all {
        assert_eq!(other.status, StatusCode::OK, "{}", other.text());
        assert_eq!(other.json()["id"], one.json()["id"]);
    }
    assert_eq!(world.harness.db.rows("select from price_entries").await.len(), 2);
    // From prices that are others by now.
    let stale = world.preview(&price("m", "5")).await;
    let second = world.correct(&price("m", "6")).await;
    assert_eq!(refusal(&world.apply(&price("m", "5"), &stale).await), "412 precondition_failed");
    assert_eq!(refusal(&world.undo(&one.json()).await), "409 revision_built_upon");
    assert_eq!(world.undo(&second).await.status, StatusCode::OK);
    assert_eq!(world.undo(&one.json()).await.status, StatusCode::OK);
    assert_eq!(refusal(&world.undo(&one.json()).await), "409 revision_undone");
    assert_eq!(world.month("current").await, world.month("billed").await);
}

#[tokio::test]
async fn nonsense_and_strangers_are_refused() {
    let world = with_calls().await;
    let mut refused = Vec::new();
    let huge = json!({"model": "m", "effective_from": FROM, "input": "1000001", "output": "1"});
    let unknown = json!({"model": "m", "effective_from": "soon", "input": "1", "output": "1", "colour": 1});
    for (path, body) in
        [("preview", huge), ("preview", unknown), ("preview", price("m", "2")), ("apply", price("m", "3"))]
    {
        refused.push(refusal(&world.post(&format!("/api/prices/{path}"), body).await));
    }
    let mut forged = price("m", "3");
    for text in ["x", "999999999999999999999-0", "1-", "-"] {
        forged["preview"] = text.into();
        refused.push(refusal(&world.post("/api/prices/apply", forged.clone()).await));
    }
    for id in ["99", "x", "-1", "99999999999999999999"] {
        refused.push(refusal(&world.post(&format!("/api/prices/revisions/{id}/undo"), json!({})).await));
    }
    refused.push(refusal(&world.get("/api/prices/revisions?limit=0&x=1").await));
    let bound = world.harness.key().scopes(&[Scope::Admin]).label("a").create().await;
    let reader = world.harness.key().scopes(&[Scope::UsageRead]).create().await;
    forged["preview"] = world.preview(&price("m", "3")).await["preview"].clone();
    for (key, path, body) in [
        (&bound, "preview", &price("m", "3")),
        (&bound, "apply", &forged),
        (&bound, "revisions/1/undo", &json!({})),
        (&reader, "preview", &price("m", "3")),
        (&reader, "apply", &forged),
    ] {
        refused.push(refusal(&post(&world.router, &format!("/api/prices/{path}"), key, body.clone()).await));
    }
    insta::assert_snapshot!(refused.join("\n"), @"
    422 invalid_request | input: must be at most 1000000 USD per 1M tokens
    422 invalid_request | effective_from: must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B) | colour: is not a field of this request
    409 already_exists
    422 invalid_request | preview: is required
    412 precondition_failed
    412 precondition_failed
    412 precondition_failed
    412 precondition_failed
    404 not_found
    404 not_found
    404 not_found
    404 not_found
    422 invalid_request | limit: must be a whole number from 1 to 200 | x: is not a parameter of this endpoint
    403 label_not_allowed
    403 label_not_allowed
    403 label_not_allowed
    403 scope_missing
    403 scope_missing
    ");
    assert_eq!(world.harness.db.rows("select from price_revisions").await.len(), 0);
}
