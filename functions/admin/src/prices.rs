//! `/api/prices`: what tokens cost, from which instant on.

pub(crate) mod facts;
pub(crate) mod fees;
mod request;
mod revision_view;
pub(crate) mod revisions;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use domain::money::Rate;
use domain::prices::{PriceRow, ServiceTier};
use domain::provider::Provider;
use http::StatusCode;
use ledger::prices::{changes, rows};
use serde::Serialize;
use utoipa::ToSchema;
use web::responses::{BadBody, Forbidden, Invalid, NotFound, PROBLEM_JSON, Unauthenticated, Unavailable};
use web::{Administrator, ApiError, PageParams, PathId, Problem, QueryParams, RequestBody};

use self::request::{NewPrice, PriceParams};
use crate::AdminState;

/// A price in USD per 1M tokens, as exact decimals. Where a rate is null, that of `input` or `output` applies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Price {
    /// The `price_id` of the calls priced with it.
    pub id: i64,
    /// Who is paid.
    #[schema(value_type = String, example = "openai")]
    pub provider: Provider,
    pub model: String,
    #[schema(value_type = ServiceTier)]
    pub service_tier: String,
    /// Applies to calls with more input tokens than this; the row with the highest such threshold applies.
    pub above_input_tokens: i64,
    /// Until a later row of the same provider, model, tier and threshold takes over.
    pub effective_from: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    /// When somebody should compare it with the provider's page: an announced change, or a figure of one source.
    #[schema(required = true)]
    pub review_on: Option<NaiveDate>,
    #[schema(value_type = String, example = "2.5")]
    pub input: Rate,
    #[schema(value_type = Option<String>, required = true)]
    pub cached_input: Option<Rate>,
    #[schema(value_type = Option<String>, required = true)]
    pub cache_write: Option<Rate>,
    /// Null takes the rate of `cache_write`.
    #[schema(value_type = Option<String>, required = true)]
    pub cache_write_long: Option<Rate>,
    #[schema(value_type = String, example = "10")]
    pub output: Rate,
    #[schema(value_type = Option<String>, required = true)]
    pub audio_input: Option<Rate>,
    /// Null takes the rate of `audio_input`.
    #[schema(value_type = Option<String>, required = true)]
    pub cached_audio_input: Option<Rate>,
    #[schema(value_type = Option<String>, required = true)]
    pub audio_output: Option<Rate>,
    #[schema(value_type = Option<String>, required = true)]
    pub image_output: Option<Rate>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PricePage {
    /// Newest first.
    pub data: Vec<Price>,
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl From<PriceRow> for Price {
    fn from(row: PriceRow) -> Self {
        let facts = row.facts;
        Self {
            id: row.id,
            provider: facts.provider,
            model: facts.model,
            service_tier: facts.service_tier,
            above_input_tokens: facts.above_input_tokens,
            effective_from: facts.effective_from,
            created_at: row.created_at,
            review_on: facts.review_on,
            input: facts.input,
            cached_input: facts.cached_input,
            cache_write: facts.cache_write,
            cache_write_long: facts.cache_write_long,
            output: facts.output,
            audio_input: facts.audio_input,
            cached_audio_input: facts.cached_audio_input,
            audio_output: facts.audio_output,
            image_output: facts.image_output,
        }
    }
}

#[utoipa::path(
    get,
    path = "/api/prices",
    tag = "administration",
    params(PriceParams, PageParams<i64>),
    responses((status = 200, description = "A page of prices", body = PricePage), Unauthenticated, Unavailable, Forbidden, Invalid),
    security(("key" = [])),
)]
pub(crate) async fn list_prices(
    State(state): State<AdminState>,
    _: Administrator,
    QueryParams((params, page)): QueryParams<(PriceParams, PageParams<i64>)>,
) -> Result<Json<PricePage>, ApiError> {
    let prices = rows::list(state.database(), &params.into_filter(), page.cursor(), page.fetch()).await?;
    let (data, next_cursor) = page.page(prices, |price| price.id.to_string(), Price::from);
    Ok(Json(PricePage { data, next_cursor }))
}

#[utoipa::path(
    post,
    path = "/api/prices",
    tag = "administration",
    description = "Adds a price. It applies to calls settled from then on; calls settled before keep their price.",
    request_body = NewPrice,
    responses(
        (status = 201, description = "The price", body = Price),
        BadBody, Unauthenticated, Unavailable, Forbidden, Invalid,
        (status = 409, description = "A price for this provider, model, tier, threshold and instant already exists", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn add_price(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    RequestBody(new): RequestBody<NewPrice>,
) -> Result<Response, ApiError> {
    let price = changes::add(state.database(), &new.into_facts(), &actor).await?;
    Ok((StatusCode::CREATED, Json(Price::from(price))).into_response())
}

#[utoipa::path(
    delete,
    path = "/api/prices/{id}",
    tag = "administration",
    description = "Withdraws a price that no call was priced with.",
    params(("id" = i64, Path, description = "The price's id")),
    responses(
        (status = 204, description = "The price is removed from the price book"),
        Unauthenticated, Unavailable, Forbidden, NotFound,
        (status = 409, description = "Calls were priced with it", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn withdraw_price(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<i64>,
) -> Result<StatusCode, ApiError> {
    changes::withdraw(state.database(), id, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
