//! `GET /api/usage/calls` and `/api/usage/calls/{id}`: single calls.

mod list;
mod receipt;
mod route;
mod view;

use axum::Json;
use axum::extract::State;
use domain::ids::CallId;
use ledger::prices::rows::find_used;
use ledger::usage;
use serde::Serialize;
use utoipa::ToSchema;
use web::responses::{Forbidden, Invalid, NotFound, Unauthenticated, Unavailable};
use web::{ApiError, PageParams, PathId, QueryParams, Reader};

use crate::bounds;
use crate::query::{CallParams, CostParams, OutcomeParams, UsageParams};
use crate::state::SummaryState;

use self::list::{CallCursor, ListParams, Placed};
pub(crate) use receipt::CallWithReceipt;
pub(crate) use view::{Call, CallFee, CallPart};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallPage {
    pub data: Vec<Call>,
    /// Send it as `cursor` to get the next page; null on the last page.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
    /// With `count=true`: how many calls pass the filters, on all pages together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<i64>,
}

#[utoipa::path(
    get,
    path = "/api/usage/calls",
    tag = "usage",
    description = "Single calls, newest first unless sorted otherwise. Also filters by tag: `tag.<name>=<value>`, repeatable. A filtered range may \
        contain at most 5 million calls. Calls past retention cannot be listed: a `from` or `to` before that is refused; \
        without `from`, the list ends there.",
    params(UsageParams, OutcomeParams, CallParams, ListParams, CostParams, PageParams<CallCursor>),
    responses(
        (status = 200, description = "A page of calls", body = CallPage),
        Unauthenticated, Forbidden, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_calls(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    QueryParams((usage, outcome, calls, list, cost, page)): QueryParams<(
        UsageParams,
        OutcomeParams,
        CallParams,
        ListParams,
        CostParams,
        PageParams<CallCursor>,
    )>,
) -> Result<Json<CallPage>, ApiError> {
    let mut filter = usage.into_filter(&caller)?;
    outcome.restrict(&mut filter);
    calls.restrict(&mut filter);
    list.restrict(state.database(), &mut filter).await?;
    bounds::check_kept(state.database(), filter.range).await?;
    // An unfiltered page costs the same wherever it begins.
    let is_counted = list.is_counted();
    if is_counted || !filter.is_everything() {
        bounds::check_rows(state.database(), filter.range).await?;
    }
    let found = list.calls(state.database(), &filter, &page, cost.basis()).await?;
    let label = caller.user_label.as_deref();
    let (data, next_cursor) =
        page.page(found, |placed| placed.cursor.text(), |Placed { call, .. }| Call::new(call, label));
    let calls = if is_counted { Some(usage::count_calls(state.database(), &filter).await?) } else { None };
    Ok(Json(CallPage { data, next_cursor, calls }))
}

#[utoipa::path(
    get,
    path = "/api/usage/calls/{id}",
    tag = "usage",
    description = "One call, and how its cost adds up: the tokens of each bucket at the rates of the price it was \
        billed with, the fees of tools, and what those do not explain. With `cost=current`, at the rates of its price now.",
    params(("id" = String, Path, description = "The call's id, as in the header `x-tokenmeter-call-id`"), CostParams),
    responses(
        (status = 200, description = "The call", body = CallWithReceipt),
        Unauthenticated, Forbidden, NotFound, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_call(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    QueryParams(cost): QueryParams<CostParams>,
    PathId(id): PathId<CallId>,
) -> Result<Json<CallWithReceipt>, ApiError> {
    let label = caller.user_label.as_deref();
    let call = usage::find_call(state.database(), id, label, cost.basis()).await?;
    let call = call.ok_or(ApiError::NotFound)?;
    let price = match call.price_id {
        Some(id) => find_used(state.database(), id).await?,
        None => None,
    };
    Ok(Json(CallWithReceipt::new(call, label, price)))
}
