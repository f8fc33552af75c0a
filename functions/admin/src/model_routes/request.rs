//! Requests about model routes.

use std::collections::HashSet;

use domain::calls::Wire;
use domain::model_routes::{
    MAX_TARGETS, MAX_TIMEOUT_SECONDS, ModelRouteChange, ModelRouteFacts, RouteTarget,
};
use domain::names;
use domain::upstreams::UpstreamName;
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use web::values::{ModelName, OneOf, Patch, Presence, RawJson, schemas};
use web::{FieldError, Request};

#[derive(Debug, serde::Deserialize, ToSchema)]
pub(crate) struct NewModelRoute {
    /// What callers send as the model, such as `fast`. A name that a provider has too is taken from it, for calls whose
    /// path names no upstream. It cannot be changed.
    #[schema(value_type = ModelName)]
    model: ModelName,
    /// The format of its calls, which all targets speak. It cannot be changed.
    #[schema(value_type = Wire)]
    wire: OneOf<Wire>,
    /// In the order in which they are tried.
    #[schema(value_type = Targets)]
    targets: Targets,
}

impl Request for NewModelRoute {}

impl NewModelRoute {
    pub(super) fn into_facts(self) -> ModelRouteFacts {
        ModelRouteFacts { wire: self.wire.0, model: self.model.0, targets: self.targets.0 }
    }
}

#[derive(Debug, serde::Deserialize, ToSchema)]
pub(crate) struct ModelRouteChanges {
    #[schema(ignore)]
    model: Presence,
    #[schema(ignore)]
    wire: Presence,
    /// Replaces all of them.
    #[schema(value_type = Targets, required = false)]
    targets: Patch<Targets>,
}

impl Request for ModelRouteChanges {}

impl ModelRouteChanges {
    pub(super) fn into_change(self) -> Result<ModelRouteChange, Vec<FieldError>> {
        let fixed = [("model", self.model), ("wire", self.wire)];
        let errors: Vec<FieldError> = fixed
            .into_iter()
            .filter(|(_, is_present)| is_present.0)
            .map(|(name, _)| FieldError::new(name, "cannot be changed: create a new route"))
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(ModelRouteChange { targets: self.targets.into_edit(|targets| targets.0) })
    }
}

/// The targets of a route.
#[derive(Debug)]
pub(crate) struct Targets(Vec<RouteTarget>);

web::schema!(
    Targets,
    ArrayBuilder::new()
        .items(
            ObjectBuilder::new()
                .property("upstream", schemas::pattern(r"^[a-z][a-z0-9-]{0,31}$"))
                .required("upstream")
                .property("model", schemas::line(names::MAX_MODEL_CHARS))
                .required("model")
                .property(
                    "timeout_seconds",
                    ObjectBuilder::new()
                        .schema_type(utoipa::openapi::schema::SchemaType::from_iter([
                            Type::Integer,
                            Type::Null
                        ]))
                        .minimum(Some(1))
                        .maximum(Some(MAX_TIMEOUT_SECONDS))
                )
                .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::<
                    utoipa::openapi::Schema,
                >::FreeForm(false)))
        )
        .min_items(Some(1))
        .max_items(Some(MAX_TARGETS))
        .examples([serde_json::json!([
            {"upstream": "groq", "model": "llama-3.3-70b-versatile", "timeout_seconds": 20},
            {"upstream": "openai", "model": "gpt-4o-mini"},
        ])])
);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    upstream: String,
    model: String,
    timeout_seconds: Option<i64>,
}

impl<'de> Deserialize<'de> for Targets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = RawJson::deserialize(deserializer)?;
        let targets: Vec<Target> = serde_json::from_str(json.as_json()).map_err(|_| {
            D::Error::custom("must be objects with `upstream`, `model` and, if needed, `timeout_seconds`")
        })?;
        if !(1..=MAX_TARGETS).contains(&targets.len()) {
            return Err(D::Error::custom(format!("must be 1 to {MAX_TARGETS} targets")));
        }
        let targets =
            targets.into_iter().map(target).collect::<Result<Vec<_>, _>>().map_err(D::Error::custom)?;
        let mut seen = HashSet::new();
        if !targets.iter().all(|target| seen.insert((&target.upstream, &target.model))) {
            return Err(D::Error::custom("must not name one model of an upstream twice"));
        }
        Ok(Self(targets))
    }
}

fn target(target: Target) -> Result<RouteTarget, String> {
    let Some(upstream) = UpstreamName::parse(&target.upstream) else {
        return Err(format!("must have an `upstream` in each, which {}", UpstreamName::RULE));
    };
    if !names::is_model(&target.model) {
        return Err(format!("must have a `model` in each, which {}", names::MODEL_RULE));
    }
    let timeout_seconds = match target.timeout_seconds {
        None => None,
        Some(seconds @ 1..=MAX_TIMEOUT_SECONDS) => u32::try_from(seconds).ok(),
        Some(_) => {
            return Err(format!("must have a `timeout_seconds` of 1 to {MAX_TIMEOUT_SECONDS}, or none"));
        }
    };
    Ok(RouteTarget { upstream, model: target.model, timeout_seconds })
}
