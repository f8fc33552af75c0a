//! `/api/prices/fees`: what one use of a built-in tool costs beside tokens, from which instant on.

mod request;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::money::PicoUsd;
use domain::prices::{FeeRow, FeeTool};
use domain::provider::Provider;
use http::StatusCode;
use ledger::prices::fees;
use serde::Serialize;
use utoipa::ToSchema;
use web::responses::{BadBody, Forbidden, Invalid, NotFound, PROBLEM_JSON, Unauthenticated, Unavailable};
use web::{Administrator, ApiError, PathId, Problem, RequestBody};

use self::request::NewToolFee;
use crate::AdminState;

/// What one use of a built-in tool costs beside tokens, from an instant on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToolFeeRow {
    pub id: i64,
    #[schema(value_type = String, example = "openai")]
    pub provider: Provider,
    #[schema(value_type = FeeTool, example = "web_search")]
    pub tool: String,
    /// Null: every model without a fee of its own.
    #[schema(required = true)]
    pub model: Option<String>,
    /// Until a later row of the same provider, tool and model takes over.
    pub effective_from: DateTime<Utc>,
    /// USD; null if it is not known, which leaves calls that used the tool unpriced.
    #[schema(value_type = Option<String>, required = true, example = "0.01")]
    pub cost_usd: Option<PicoUsd>,
    /// The most that one use can cost in USD: what hard limits reserve.
    #[schema(value_type = String, example = "0.01")]
    pub max_cost_usd: PicoUsd,
    /// The most tokens that the result of one use adds to the input; null for the whole context window.
    #[schema(required = true)]
    pub max_result_tokens: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToolFeeList {
    /// By provider, tool and model, the newest first.
    pub data: Vec<ToolFeeRow>,
}

impl From<FeeRow> for ToolFeeRow {
    fn from(FeeRow { id, fee }: FeeRow) -> Self {
        Self {
            id,
            provider: fee.provider,
            tool: fee.tool,
            model: Some(fee.model).filter(|model| !model.is_empty()),
            effective_from: fee.effective_from,
            cost_usd: fee.price,
            max_cost_usd: fee.bound,
            max_result_tokens: fee.result_tokens,
        }
    }
}

#[utoipa::path(
    get,
    path = "/api/prices/fees",
    tag = "administration",
    description = "Fees of the provider's built-in tools, which are part of the cost of a call.",
    responses(
        (status = 200, description = "All dated fees", body = ToolFeeList),
        Unauthenticated, Unavailable, Forbidden,
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_fees(
    State(state): State<AdminState>,
    _: Administrator,
) -> Result<Json<ToolFeeList>, ApiError> {
    let fees = fees::list(state.database()).await?;
    Ok(Json(ToolFeeList { data: fees.into_iter().map(ToolFeeRow::from).collect() }))
}

#[utoipa::path(
    post,
    path = "/api/prices/fees",
    tag = "administration",
    description = "Adds a fee, from now on or from a later instant. Calls that are settled by then keep the fees they were \
        billed with: fees of the past are not corrected. A fee of `chat_search` for a model says that each of its chat \
        completions searches.",
    request_body = NewToolFee,
    responses(
        (status = 201, description = "The fee", body = ToolFeeRow),
        BadBody, Unauthenticated, Unavailable, Forbidden, Invalid,
        (status = 409, description = "A fee for this provider, tool, model and instant already exists", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn add_fee(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    RequestBody(new): RequestBody<NewToolFee>,
) -> Result<Response, ApiError> {
    let fee = fees::add(state.database(), &new.into_fee(), &actor).await?;
    Ok((StatusCode::CREATED, Json(ToolFeeRow::from(fee))).into_response())
}

#[utoipa::path(
    delete,
    path = "/api/prices/fees/{id}",
    tag = "administration",
    description = "Removes a fee that has not taken effect.",
    params(("id" = i64, Path, description = "The fee's id")),
    responses(
        (status = 204, description = "The fee is removed"),
        Unauthenticated, Unavailable, Forbidden, NotFound,
        (status = 409, description = "It has taken effect", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn remove_fee(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<i64>,
) -> Result<StatusCode, ApiError> {
    fees::remove(state.database(), id, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
