//! What is asked about keys, parsed once.

use axum::body::Body;
use chrono::{DateTime, Utc};
use domain::keys::{KeyChange, KeyFacts, Scope};
use domain::names::{MAX_LABEL_CHARS, MAX_MODEL_CHARS, is_label, is_model, is_text};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use web::ApiError;

use crate::body::{Fields, json, or_null, text};
use crate::read::{self, Read};

const MAX_NAME_CHARS: usize = 200;
const MAX_MODELS: usize = 100;
/// 30 days: a secret that is still in use after that is not being rotated.
const MAX_GRACE_SECONDS: u32 = 30 * 24 * 60 * 60;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewApiKey {
    #[schema(min_length = 1, max_length = 200, example = "search, production")]
    pub name: String,
    /// Binds the key to one label. An administrator who is bound binds their keys to the same.
    pub user_label: Option<String>,
    /// Out of `chat`, `usage:read` and `admin`.
    #[schema(min_items = 1, example = json!(["chat"]))]
    pub scopes: Vec<String>,
    /// Models that the key may use, where `*` stands for any text; all where not given.
    #[schema(min_items = 1, max_items = 100, example = json!(["gpt-4.1*"]))]
    pub models: Option<Vec<String>>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// What to change; the rest stays. Null lifts a binding, an allow-list or an end.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyChanges {
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    pub user_label: Option<String>,
    #[schema(value_type = Vec<String>, required = false, min_items = 1)]
    pub scopes: Option<Vec<String>>,
    #[schema(min_items = 1, max_items = 100)]
    pub models: Option<Vec<String>>,
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rotation {
    /// How long the old secrets still work, at most 30 days; 0 where not given.
    #[schema(required = false, maximum = 2_592_000, default = 0)]
    pub grace_seconds: u32,
}

/// A new key; one that names no label gets that of the administrator.
pub(super) async fn new_key(body: Body, own_label: Option<&str>) -> Result<KeyFacts, ApiError> {
    let mut fields = Fields::of(body).await?;
    let name = fields.required("name", name);
    let user_label = match fields.optional("user_label", |value| or_null(value, label)) {
        domain::change::Edit::Set(label) => label,
        domain::change::Edit::Keep => own_label.map(str::to_owned),
    };
    let scopes = fields.required("scopes", scopes);
    let models = fields.nullable("models", models);
    let expires_at = fields.nullable("expires_at", instant);
    let facts = || Some(KeyFacts { name: name?, user_label, scopes: scopes?, models, expires_at });
    let facts = facts();
    fields.finish(facts)
}

pub(super) async fn key_change(body: Body) -> Result<KeyChange, ApiError> {
    let mut fields = Fields::of(body).await?;
    let change = KeyChange {
        name: fields.optional("name", name),
        user_label: fields.optional("user_label", |value| or_null(value, label)),
        scopes: fields.optional("scopes", scopes),
        models: fields.optional("models", |value| or_null(value, models)),
        expires_at: fields.optional("expires_at", |value| or_null(value, instant)),
    };
    fields.finish(Some(change))
}

pub(super) async fn grace_seconds(body: Body) -> Result<u32, ApiError> {
    let mut fields = Fields::of(body).await?;
    let grace = fields.nullable("grace_seconds", |value| {
        let meaning = format!("a whole number from 0 to {MAX_GRACE_SECONDS}");
        let seconds: u32 = json(value, &meaning)?;
        if seconds > MAX_GRACE_SECONDS { Err(format!("must be {meaning}")) } else { Ok(seconds) }
    });
    fields.finish(Some(grace.unwrap_or_default()))
}

fn name(value: &RawValue) -> Read<String> {
    let name = text(value)?;
    if is_text(&name, MAX_NAME_CHARS) {
        Ok(name)
    } else {
        Err(format!("must be 1 to {MAX_NAME_CHARS} characters without control characters"))
    }
}

fn label(value: &RawValue) -> Read<String> {
    let label = text(value)?;
    if is_label(&label) {
        Ok(label)
    } else {
        Err(format!(
            "must be 1 to {MAX_LABEL_CHARS} letters, digits, spaces or characters of ._@:/+-, or null"
        ))
    }
}

fn scopes(value: &RawValue) -> Read<Vec<Scope>> {
    let names: Vec<String> = json(value, "an array out of chat, usage:read and admin")?;
    let mut scopes = Vec::new();
    for name in &names {
        let scope = read::word(name, Scope::ALL, Scope::as_str)
            .map_err(|_| "must be an array out of chat, usage:read and admin".to_owned())?;
        if scopes.contains(&scope) {
            return Err(format!("names {name} twice"));
        }
        scopes.push(scope);
    }
    if scopes.is_empty() { Err("must not be empty".to_owned()) } else { Ok(scopes) }
}

fn models(value: &RawValue) -> Read<Vec<String>> {
    let globs: Vec<String> = json(value, "an array of model names, or null for all")?;
    if globs.is_empty() || globs.len() > MAX_MODELS {
        return Err(format!("must hold 1 to {MAX_MODELS} model names; null is all models"));
    }
    match globs.iter().position(|glob| !is_model(glob)) {
        Some(at) => Err(format!(
            "holds at place {} what is not a model name: 1 to {MAX_MODEL_CHARS} characters, * for any text",
            at + 1
        )),
        None => Ok(globs),
    }
}

fn instant(value: &RawValue) -> Read<DateTime<Utc>> {
    web::parse_instant(&text(value)?)
}
