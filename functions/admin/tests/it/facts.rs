//! Facts of models: listed as dated rows, for administrators.

use domain::keys::Scope;
use http::StatusCode;
use serde_json::{Value, json};

use crate::World;

pub(crate) fn find<'a>(list: &'a Value, fields: &Value) -> Vec<&'a Value> {
    let matches = |row: &&Value| fields.as_object().unwrap().iter().all(|(name, value)| &row[name] == value);
    list["data"].as_array().unwrap().iter().filter(matches).collect()
}

#[tokio::test]
async fn facts_of_models_are_listed() {
    let world = World::start().await;
    let list = world.get("/api/prices/models").await.json();
    assert_eq!(
        find(&list, &json!({"model": "gpt-4o"})),
        [
            &json!({"provider": "openai", "model": "gpt-4o", "effective_from": "2024-01-01T00:00:00Z", "context_window_tokens": 128_000,
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
