//! Fees of tools and facts of models: listed as dated rows, for administrators.

use domain::keys::Scope;
use http::StatusCode;
use serde_json::{Value, json};

use crate::World;

fn find<'a>(list: &'a Value, fields: &Value) -> Vec<&'a Value> {
    let matches = |row: &&Value| fields.as_object().unwrap().iter().all(|(name, value)| &row[name] == value);
    list["data"].as_array().unwrap().iter().filter(matches).collect()
}

#[tokio::test]
async fn fees_are_listed_with_their_dates_and_unknown_ones_are_null() {
    let world = World::start().await;
    let later = "insert into tool_fees (tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens)
        values ('file_search', '', '2027-01-01T00:00:00Z', 3000000000, 3000000001, 5)";
    world.harness.db.execute(later).await;
    let list = world.get("/api/prices/fees").await.json();
    assert_eq!(
        find(&list, &json!({"tool": "file_search"})),
        [
            &json!({"tool": "file_search", "model": null, "effective_from": "2027-01-01T00:00:00Z", "cost_usd": "0.003",
                "max_cost_usd": "0.003000000001", "max_result_tokens": 5}),
            &json!({"tool": "file_search", "model": null, "effective_from": "2024-01-01T00:00:00Z", "cost_usd": "0.0025",
                "max_cost_usd": "0.0025", "max_result_tokens": null}),
        ]
    );
    let unknown = find(&list, &json!({"tool": "chat_search", "model": null}));
    assert_eq!((&unknown[0]["cost_usd"], &unknown[0]["max_cost_usd"]), (&Value::Null, &json!("0.05")));
}

#[tokio::test]
async fn facts_of_models_are_listed() {
    let world = World::start().await;
    let list = world.get("/api/prices/models").await.json();
    assert_eq!(
        find(&list, &json!({"model": "gpt-4o"})),
        [
            &json!({"model": "gpt-4o", "effective_from": "2024-01-01T00:00:00Z", "context_window_tokens": 128_000,
            "max_output_tokens": 16_384, "max_image_tokens": 1445, "max_low_detail_image_tokens": 85})
        ]
    );
}

#[tokio::test]
async fn lists_are_for_administrators_and_read_only() {
    let world = World::start().await;
    let reader = world.harness.key().scopes(&[Scope::UsageRead]).create().await;
    for path in ["/api/prices/fees", "/api/prices/models"] {
        let denied = testkit::get(&world.router, path, &reader).await;
        assert_eq!(denied.status, StatusCode::FORBIDDEN);
        assert_eq!(world.delete(path).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}
