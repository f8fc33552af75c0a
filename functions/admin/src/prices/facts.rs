//! What the price book knows of models beside prices: what each can take. Read-only: releases add rows.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::pricing::ListedModel;
use domain::provider::Provider;
use ledger::prices::facts;
use serde::Serialize;
use utoipa::ToSchema;
use web::responses::{Forbidden, Unauthenticated, Unavailable};
use web::{Administrator, ApiError};

use crate::AdminState;

/// What a model can take, from an instant on: the bounds of calls under hard limits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelFactRow {
    #[schema(value_type = String, example = "openai")]
    pub provider: Provider,
    #[schema(example = "gpt-4o")]
    pub model: String,
    /// Until a later row of the same provider and model takes over.
    pub effective_from: DateTime<Utc>,
    /// Input and output together.
    pub context_window_tokens: i64,
    pub max_output_tokens: i64,
    /// The most that one image counts; null if no rule is published, which makes it the context window.
    #[schema(required = true)]
    pub max_image_tokens: Option<i64>,
    /// The same for an image sent with `detail: low`; null if that is no cheaper.
    #[schema(required = true)]
    pub max_low_detail_image_tokens: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelFactList {
    /// By provider and model, the newest first.
    pub data: Vec<ModelFactRow>,
}

#[utoipa::path(
    get,
    path = "/api/prices/models",
    tag = "administration",
    description = "Context windows, output bounds and image tokens of models, from which the bounds of calls under hard \
        limits are computed. Read-only: they come with each release.",
    responses(
        (status = 200, description = "All dated facts", body = ModelFactList),
        Unauthenticated, Unavailable, Forbidden,
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_model_facts(
    State(state): State<AdminState>,
    _: Administrator,
) -> Result<Json<ModelFactList>, ApiError> {
    let limits = facts::list_limits(state.database()).await?;
    Ok(Json(ModelFactList { data: limits.into_iter().map(ModelFactRow::from).collect() }))
}

impl From<ListedModel> for ModelFactRow {
    fn from(ListedModel { provider, model, limits }: ListedModel) -> Self {
        Self {
            provider,
            model,
            effective_from: limits.effective_from,
            context_window_tokens: limits.context_window_tokens,
            max_output_tokens: limits.max_output_tokens,
            max_image_tokens: limits.image_tokens,
            max_low_detail_image_tokens: limits.low_detail_image_tokens,
        }
    }
}
