//! The provider's list as a caller sees it: without models that the key may not use, and with model routes.

use std::sync::Arc;

use bytes::Bytes;
use chrono::SecondsFormat;
use domain::calls::Wire;
use domain::model_routes::ModelRouteRow;
use serde_json::{Value, json};

/// `None` if this is no list of the format. Routes stand at its end, on its last page.
pub(super) fn edited(
    wire: Wire,
    list: &[u8],
    may_use: impl Fn(&str) -> bool,
    routes: &[Arc<ModelRouteRow>],
) -> Option<Bytes> {
    let (member, name, prefix) = match wire {
        Wire::OpenAi | Wire::Anthropic | Wire::Bedrock => ("data", "id", ""),
        Wire::Gemini => ("models", "name", "models/"),
    };
    let mut list: Value = serde_json::from_slice(list).ok()?;
    let has_more =
        list["has_more"] == true || list["nextPageToken"].as_str().is_some_and(|token| !token.is_empty());
    let models = list.get_mut(member)?.as_array_mut()?;
    let id = |model: &Value| {
        let name = model[name].as_str()?;
        Some(name.strip_prefix(prefix).unwrap_or(name).to_owned())
    };
    // A route takes the place of a model of its name.
    let is_route = |id: &str| routes.iter().any(|route| route.facts.model == id);
    models.retain(|model| id(model).is_some_and(|id| may_use(&id) && !is_route(&id)));
    if !has_more {
        models.extend(routes.iter().map(|route| entry(route)));
    }
    Some(list.to_string().into())
}

/// A route as the provider would list it.
pub(super) fn entry(route: &ModelRouteRow) -> Value {
    let name = &route.facts.model;
    match route.facts.wire {
        // Of Bedrock, no models are listed.
        Wire::OpenAi | Wire::Bedrock => json!({
            "id": name, "object": "model", "created": route.created_at.timestamp(), "owned_by": "tokenmeter",
        }),
        Wire::Anthropic => json!({
            "type": "model", "id": name, "display_name": name,
            "created_at": route.created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        }),
        Wire::Gemini => json!({
            "name": format!("models/{name}"), "displayName": name,
            "supportedGenerationMethods":
                ["generateContent", "countTokens", "embedContent", "batchEmbedContents"],
        }),
    }
}
