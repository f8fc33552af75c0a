//! `/api/prices`: what tokens cost, from when on.

mod request;
pub(crate) mod revisions;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::ids::RequestId;
use domain::money::Rate;
use domain::prices::{PriceFilter, PriceRow, SERVICE_TIERS};
use http::{HeaderMap, StatusCode};
use ledger::prices::changes;
use ledger::prices::rows;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Problem};

use self::request::NewPrice;
use crate::params::{Params, RawParams};
use crate::read;
use crate::state::AdminState;

/// A price in USD per 1M tokens, as exact decimals. A rate of null is that of `input`, or of `output`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Price {
    /// The `price_id` of the calls priced with it.
    pub id: i64,
    pub model: String,
    pub service_tier: String,
    /// For calls with more input tokens than this; such a row stands over those with a lower number.
    pub above_input_tokens: i64,
    /// Until a later row of the same model, tier and threshold takes over.
    pub effective_from: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    #[schema(value_type = String, example = "2.5")]
    pub input: Rate,
    #[schema(value_type = Option<String>, required = true)]
    pub cached_input: Option<Rate>,
    #[schema(value_type = Option<String>, required = true)]
    pub cache_write: Option<Rate>,
    #[schema(value_type = String, example = "10")]
    pub output: Rate,
    #[schema(value_type = Option<String>, required = true)]
    pub audio_input: Option<Rate>,
    #[schema(value_type = Option<String>, required = true)]
    pub audio_output: Option<Rate>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PricePage {
    /// Those added last first.
    pub data: Vec<Price>,
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl From<PriceRow> for Price {
    fn from(row: PriceRow) -> Self {
        let facts = row.facts;
        Self {
            id: row.id,
            model: facts.model,
            service_tier: facts.service_tier,
            above_input_tokens: facts.above_input_tokens,
            effective_from: facts.effective_from,
            created_at: row.created_at,
            input: facts.input,
            cached_input: facts.cached_input,
            cache_write: facts.cache_write,
            output: facts.output,
            audio_input: facts.audio_input,
            audio_output: facts.audio_output,
        }
    }
}

#[utoipa::path(
    get,
    path = "/api/prices",
    tag = "administration",
    params(
        ("model" = Option<String>, Query, description = "Only prices of this model"),
        ("service_tier" = Option<String>, Query, description = "`default`, `flex`, `priority`, `scale` or `ultrafast`"),
        ("at" = Option<DateTime<Utc>>, Query, description = "Only prices in effect at this instant"),
        ("limit" = Option<i64>, Query, description = "Rows of a page, at most 200; 50 where not given"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of prices", body = PricePage),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid parameters", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_prices(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    params: RawParams,
) -> Result<Json<PricePage>, ApiError> {
    state.administrator(&headers, request_id).await?;
    let mut params = Params::new(params)?;
    let filter = PriceFilter {
        model: params.take("model", read::needle),
        service_tier: params
            .take("service_tier", |text| read::word(text, SERVICE_TIERS, |tier| tier).map(str::to_owned)),
        at: params.take("at", web::parse_instant),
    };
    let paging = params.paging();
    params.finish()?;
    let prices = rows::list(state.database(), &filter, paging.cursor, paging.fetch()).await?;
    let (data, next_cursor) = paging.page(prices, |price| price.id.to_string(), Price::from);
    Ok(Json(PricePage { data, next_cursor }))
}

#[utoipa::path(
    post,
    path = "/api/prices",
    tag = "administration",
    description = "Adds a price. Calls settled from then on take it; what was settled before keeps its own.",
    request_body = NewPrice,
    responses(
        (status = 201, description = "The price", body = Price),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to a label", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is one for this model, tier, threshold and instant", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid fields", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn add_price(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let facts = request::new_price(body).await?;
    let price = changes::add(state.database(), &facts, &actor).await?;
    Ok((StatusCode::CREATED, Json(Price::from(price))).into_response())
}

#[utoipa::path(
    delete,
    path = "/api/prices/{id}",
    tag = "administration",
    description = "Takes back a price that no call was priced with.",
    params(("id" = i64, Path, description = "The price's id")),
    responses(
        (status = 204, description = "It is gone from the price book"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to a label", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such price", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Calls were priced with it", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn withdraw_price(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let id = id.parse().map_err(|_| ApiError::NotFound)?;
    changes::withdraw(state.database(), id, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
