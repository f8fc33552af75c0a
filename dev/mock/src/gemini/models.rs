//! `GET /v1beta/models` and `/v1beta/models/{model}`.

use serde_json::{Value, json};

use crate::errors::InvalidRequest;

/// Name and the largest output; embeddings have none.
const MODELS: &[(&str, u64)] = &[
    ("gemini-4-neon", 65_536),
    ("gemini-4-hydrogen", 65_536),
    ("gemini-3.8-flash", 65_536),
    ("gemini-3.5-flash", 65_536),
    ("gemini-3.1-pro-preview", 65_536),
    ("gemini-2.5-pro", 65_536),
    ("gemini-2.5-flash", 65_536),
    ("gemini-2.5-flash-lite", 65_536),
    ("gemini-2.5-flash-image", 32_768),
    ("gemini-embedding-001", 1),
];

pub(crate) fn list() -> Value {
    json!({ "models": MODELS.iter().map(|(name, output)| object(name, *output)).collect::<Vec<_>>() })
}

pub(crate) fn find(model: &str) -> Result<Value, InvalidRequest> {
    let found = MODELS.iter().find(|(name, _)| *name == model);
    let missing = || format!("models/{model} is not found for API version v1beta.");
    let found = found.ok_or_else(|| InvalidRequest::not_found(missing()))?;
    Ok(object(found.0, found.1))
}

fn object(name: &str, output: u64) -> Value {
    let methods: &[&str] = if name.contains("embedding") {
        &["embedContent", "batchEmbedContents", "countTokens"]
    } else {
        &["generateContent", "streamGenerateContent", "countTokens"]
    };
    json!({
        "name": format!("models/{name}"),
        "version": "001",
        "displayName": name,
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": output,
        "supportedGenerationMethods": methods,
    })
}
