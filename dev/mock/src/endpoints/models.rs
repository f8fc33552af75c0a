//! `GET /v1/models`: known models and the dated versions behind their aliases.

use serde_json::{Value, json};

use crate::fault::Fault;

/// Alias and the model version that serves it.
const MODELS: &[(&str, &str)] = &[
    ("gpt-6-astra", "gpt-6-astra"),
    ("gpt-5.6", "gpt-5.6-sol"),
    ("gpt-5.6-sol", "gpt-5.6-sol"),
    ("gpt-5.6-terra", "gpt-5.6-terra"),
    ("gpt-5.6-luna", "gpt-5.6-luna"),
    ("gpt-5.5", "gpt-5.5-2026-04-23"),
    ("gpt-5.4", "gpt-5.4-2026-03-05"),
    ("gpt-5.4-mini", "gpt-5.4-mini-2026-03-17"),
    ("gpt-5.2", "gpt-5.2-2025-12-11"),
    ("gpt-5.1", "gpt-5.1-2025-11-13"),
    ("gpt-5", "gpt-5-2025-08-07"),
    ("gpt-5-mini", "gpt-5-mini-2025-08-07"),
    ("gpt-5-nano", "gpt-5-nano-2025-08-07"),
    ("gpt-4.1", "gpt-4.1-2025-04-14"),
    ("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14"),
    ("gpt-4.1-nano", "gpt-4.1-nano-2025-04-14"),
    ("gpt-4o", "gpt-4o-2024-11-20"),
    ("gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
    ("o3", "o3-2025-04-16"),
    ("o4-mini", "o4-mini-2025-04-16"),
    ("text-embedding-3-small", "text-embedding-3-small"),
    ("text-embedding-3-large", "text-embedding-3-large"),
    ("text-embedding-ada-002", "text-embedding-ada-002-v2"),
];

/// The model version that serves an alias; a name that is not in the catalogue serves itself.
pub(crate) fn served(model: &str) -> &str {
    MODELS.iter().find(|(alias, _)| *alias == model).map_or(model, |(_, served)| served)
}

/// Every name is accepted except a `mock-` model that names no fault, so that a typo is noticed.
pub(crate) fn is_accepted(model: &str) -> bool {
    model.strip_prefix("mock-").is_none_or(|fault| fault.parse::<Fault>().is_ok())
}

/// Reasoning models refuse `max_tokens`.
pub(crate) fn is_reasoning(model: &str) -> bool {
    ["o1", "o3", "o4", "gpt-5", "gpt-6"].iter().any(|family| model.starts_with(family))
}

fn object(id: &str) -> Value {
    json!({ "id": id, "object": "model", "created": 1_735_689_600, "owned_by": "system" })
}

pub(crate) fn list() -> Value {
    let aliases = MODELS.iter().map(|(alias, _)| *alias);
    let versions = MODELS.iter().filter(|(alias, served)| alias != served).map(|(_, served)| *served);
    let mut ids: Vec<&str> = aliases.chain(versions).collect();
    ids.sort_unstable();
    ids.dedup();
    json!({ "object": "list", "data": ids.into_iter().map(object).collect::<Vec<_>>() })
}

pub(crate) fn find(id: &str) -> Option<Value> {
    let listed = MODELS.iter().any(|(alias, served)| *alias == id || *served == id);
    let faulty = id.starts_with("mock-") && is_accepted(id);
    (listed || faulty).then(|| object(id))
}
