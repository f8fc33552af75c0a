//! `GET /v1/models` and `/v1/models/{id}` for callers with the header `anthropic-version`.

use serde_json::{Value, json};

/// Alias, the version that serves it, the display name, and the largest output.
const MODELS: &[(&str, &str, &str, u64)] = &[
    ("claude-opus-5-5", "claude-opus-5-5", "Claude Opus 5.5", 128_000),
    ("claude-opus-5", "claude-opus-5", "Claude Opus 5", 128_000),
    ("claude-sonnet-5-5", "claude-sonnet-5-5", "Claude Sonnet 5.5", 128_000),
    ("claude-sonnet-5", "claude-sonnet-5", "Claude Sonnet 5", 128_000),
    ("claude-haiku-5-5", "claude-haiku-5-5", "Claude Haiku 5.5", 64_000),
    ("claude-opus-4-8", "claude-opus-4-8", "Claude Opus 4.8", 128_000),
    ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", 64_000),
    ("claude-haiku-4-5", "claude-haiku-4-5-20251001", "Claude Haiku 4.5", 64_000),
];

/// The version that serves an alias; a name that is not in the catalogue serves itself.
pub(crate) fn served(model: &str) -> &str {
    MODELS.iter().find(|(alias, ..)| *alias == model).map_or(model, |(_, served, ..)| served)
}

pub(crate) fn list() -> Value {
    let data: Vec<Value> = MODELS.iter().map(|(_, id, name, output)| object(id, name, *output)).collect();
    json!({
        "data": data,
        "has_more": false,
        "first_id": data.first().map(|model| &model["id"]),
        "last_id": data.last().map(|model| &model["id"]),
    })
}

pub(super) fn find(model: &str) -> Option<Value> {
    let found = MODELS.iter().find(|(alias, id, ..)| *alias == model || *id == model);
    found.map(|(_, id, name, output)| object(id, name, *output))
}

fn object(id: &str, display_name: &str, max_tokens: u64) -> Value {
    json!({
        "type": "model",
        "id": id,
        "display_name": display_name,
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": 1_000_000,
        "max_tokens": max_tokens,
    })
}
