//! Requests about keys.

use std::fmt;

use domain::change::Actor;
use domain::keys::{KeyChange, KeyFacts, KeyFilter, KeyStatus, Scope};
use domain::names::{MAX_MODEL_CHARS, is_model, is_text};
use domain::words::Word;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Unexpected, Visitor};
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::{IntoParams, ToSchema};
use web::Request;
use web::values::{Instant, Label, OneOf, Patch, SearchText, Whole, schemas};

const MAX_NAME_CHARS: usize = 200;
const MAX_MODELS: usize = 100;
/// 30 days: a secret that is in use for longer is not being rotated.
const MAX_GRACE_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Which keys to list.
#[derive(Debug, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeyParams {
    /// Only keys bound to this label
    #[param(inline, value_type = Option<Label>)]
    user_label: Option<Label>,
    /// Only keys with this scope
    #[param(inline, value_type = Option<Scope>)]
    scope: Option<OneOf<Scope>>,
    /// Only keys with this status
    #[param(inline, value_type = Option<KeyStatus>)]
    status: Option<OneOf<KeyStatus>>,
    /// Only keys whose name contains this text, case-insensitive
    #[param(inline, value_type = Option<SearchText>)]
    name: Option<SearchText>,
}

impl Request for KeyParams {}

impl KeyParams {
    pub(super) fn into_filter(self) -> KeyFilter {
        KeyFilter {
            user_label: self.user_label.map(|label| label.0),
            scope: self.scope.map(|scope| scope.0),
            status: self.status.map(|status| status.0),
            name: self.name.map(|name| name.0),
        }
    }
}

#[derive(Debug, serde::Deserialize, ToSchema)]
pub(crate) struct NewApiKey {
    #[schema(value_type = KeyName, required = true)]
    name: KeyName,
    /// Binds the key to one label. An administrator who is bound creates keys bound to the same label.
    #[schema(value_type = Option<Label>, required = false)]
    user_label: Patch<Option<Label>>,
    /// `chat`, `usage:read` and `admin`.
    #[schema(value_type = Scopes, required = true)]
    scopes: Scopes,
    /// Models that the key may use, where `*` matches any text; default all, or those of a bound administrator's key.
    #[schema(value_type = Option<Models>, required = false)]
    models: Patch<Option<Models>>,
    /// In the future; default never, or when a bound administrator's key expires.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    expires_at: Patch<Option<Instant>>,
}

impl Request for NewApiKey {}

impl NewApiKey {
    /// A key created by a bound administrator inherits its label, models and expiry where the request leaves them out.
    pub(super) fn into_facts(self, by: &Actor) -> KeyFacts {
        let is_bound = by.user_label.is_some();
        KeyFacts {
            name: self.name.0,
            user_label: self.user_label.unwrap_or(by.user_label.clone().map(Label)).map(|label| label.0),
            scopes: self.scopes.0,
            models: self
                .models
                .unwrap_or(by.models.clone().filter(|_| is_bound).map(Models))
                .map(|models| models.0),
            expires_at: self
                .expires_at
                .unwrap_or(by.ends_at.filter(|_| is_bound).map(Instant))
                .map(|at| at.0),
        }
    }
}

/// Fields to change; missing fields stay. Null removes an allow-list or an expiry.
#[derive(Debug, serde::Deserialize, ToSchema)]
pub(crate) struct KeyChanges {
    #[schema(value_type = KeyName, required = false)]
    name: Patch<KeyName>,
    /// Must be the label that the key has: it cannot be changed.
    #[schema(value_type = Option<Label>, required = false)]
    user_label: Patch<Option<Label>>,
    #[schema(value_type = Scopes, required = false)]
    scopes: Patch<Scopes>,
    #[schema(value_type = Option<Models>, required = false)]
    models: Patch<Option<Models>>,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    expires_at: Patch<Option<Instant>>,
}

impl Request for KeyChanges {}

impl KeyChanges {
    pub(super) fn into_change(self) -> KeyChange {
        KeyChange {
            name: self.name.into_edit(|name| name.0),
            user_label: self.user_label.into_edit(|label| label.map(|label| label.0)),
            scopes: self.scopes.into_edit(|scopes| scopes.0),
            models: self.models.into_edit(|models| models.map(|models| models.0)),
            expires_at: self.expires_at.into_edit(|at| at.map(|at| at.0)),
        }
    }
}

#[derive(Debug, serde::Deserialize, ToSchema)]
pub(crate) struct Rotation {
    /// How long the old secrets keep working, at most 30 days; default 0.
    #[schema(value_type = u32, required = false, maximum = 2_592_000, default = 0)]
    grace_seconds: Option<Whole<0, MAX_GRACE_SECONDS>>,
}

impl Request for Rotation {}

impl Rotation {
    pub(super) fn grace_seconds(&self) -> u32 {
        self.grace_seconds.and_then(|seconds| u32::try_from(seconds.0).ok()).unwrap_or_default()
    }
}

#[derive(Debug)]
pub(crate) struct KeyName(String);

web::schema!(KeyName, schemas::line(MAX_NAME_CHARS).examples(["search, production"]));

impl<'de> Deserialize<'de> for KeyName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if is_text(&name, MAX_NAME_CHARS) {
            return Ok(Self(name));
        }
        let message = format!("must be 1 to {MAX_NAME_CHARS} characters without control characters");
        Err(D::Error::custom(message))
    }
}

#[derive(Debug)]
pub(crate) struct Scopes(Vec<Scope>);

web::schema!(Scopes, ArrayBuilder::new().items(Scope::schema()).min_items(Some(1)).unique_items(true));

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ScopesVisitor).map(Self)
    }
}

struct ScopesVisitor;

impl<'de> Visitor<'de> for ScopesVisitor {
    type Value = Vec<Scope>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of chat, usage:read and admin")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Vec<Scope>, A::Error> {
        let mut scopes = Vec::new();
        let is_unknown = |_| A::Error::invalid_value(Unexpected::Seq, &self);
        while let Some(OneOf(scope)) = names.next_element::<OneOf<Scope>>().map_err(is_unknown)? {
            if scopes.contains(&scope) {
                return Err(A::Error::custom(format!("contains {} twice", scope.as_str())));
            }
            scopes.push(scope);
        }
        if scopes.is_empty() { Err(A::Error::custom("must not be empty")) } else { Ok(scopes) }
    }
}

/// Globs of models.
#[derive(Debug)]
pub(crate) struct Models(Vec<String>);

web::schema!(
    Models,
    ArrayBuilder::new()
        .items(schemas::line(MAX_MODEL_CHARS))
        .min_items(Some(1))
        .max_items(Some(MAX_MODELS))
        .examples([serde_json::json!(["gpt-4.1*"])])
);

impl<'de> Deserialize<'de> for Models {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let globs = Vec::<String>::deserialize(deserializer)
            .map_err(|_| D::Error::custom("must be an array of model names, or null for all models"))?;
        if globs.is_empty() || globs.len() > MAX_MODELS {
            let message = format!("must contain 1 to {MAX_MODELS} model names; use null for all models");
            return Err(D::Error::custom(message));
        }
        match globs.iter().position(|glob| !is_model(glob)) {
            Some(at) => Err(D::Error::custom(format!(
                "item {} is not a model name: 1 to {MAX_MODEL_CHARS} characters, * for any text",
                at + 1
            ))),
            None => Ok(Self(globs)),
        }
    }
}
