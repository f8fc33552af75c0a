//! `/api/limits`: how much may be used, of what, by whom, in which window.

pub(crate) mod events;
mod request;
mod view;
pub(crate) mod windows;

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::ids::LimitId;
use http::StatusCode;
use ledger::limits::{self, changes};
use web::responses::{
    BadBody, Forbidden, Invalid, NotFound, PROBLEM_JSON, Stale, Unauthenticated, Unavailable,
};
use web::{Administrator, ApiError, PageParams, PathId, Problem, QueryParams, Reader, RequestBody};

use self::request::{LimitChanges, LimitParams, NewLimit};
use self::view::{Limit, LimitPage, PaceView};
use crate::AdminState;
use crate::answer::{IfMatch, versioned};

#[utoipa::path(
    get,
    path = "/api/limits",
    tag = "administration",
    description = "All limits with their use in the current window, newest first. Needs the scope `usage:read` or \
        `admin`. A key bound to a label sees the limits of its label and of that label's keys.",
    params(LimitParams, PageParams<LimitId>),
    responses((status = 200, description = "A page of limits", body = LimitPage), Unauthenticated, Unavailable, Forbidden, Invalid),
    security(("key" = [])),
)]
pub(crate) async fn list_limits(
    State(state): State<AdminState>,
    Reader(caller): Reader,
    QueryParams((params, page)): QueryParams<(LimitParams, PageParams<LimitId>)>,
) -> Result<Json<LimitPage>, ApiError> {
    let wants_pace = params.wants_pace();
    let filter = params.into_filter(caller.user_label);
    let found = limits::list(state.database(), &filter, page.cursor(), page.fetch()).await?;
    let paces = if wants_pace { limits::paces(state.database(), &found).await? } else { HashMap::new() };
    let view = |limit: domain::limits::Limit| Limit {
        pace: paces.get(&limit.id).map(|pace| PaceView::new(limit.facts.metric, *pace)),
        ..Limit::from(limit)
    };
    let (data, next_cursor) = page.page(found, |limit| limit.id.to_string(), view);
    Ok(Json(LimitPage { data, next_cursor }))
}

#[utoipa::path(
    post,
    path = "/api/limits",
    tag = "administration",
    description = "Creates a limit. Its current window starts with what has been used in it so far, and calls in flight hold \
        their reservations. A label need not have been used before. With the subject id `*`, or `name=*` for a tag, each label, \
        key or value has a window of its own; a limit of the same metric and window on one of them replaces it there.",
    request_body = NewLimit,
    responses(
        (status = 201, description = "The limit", body = Limit),
        BadBody, Unauthenticated, Forbidden, Invalid, Unavailable,
        (status = 409, description = "A limit for this subject, metric, window and mode already exists", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create_limit(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    RequestBody(new): RequestBody<NewLimit>,
) -> Result<Response, ApiError> {
    let facts = new.into_facts().map_err(ApiError::Validation)?;
    let limit = changes::create(state.database(), &facts, &actor).await?;
    Ok(answer(StatusCode::CREATED, limit))
}

#[utoipa::path(
    get,
    path = "/api/limits/{id}",
    tag = "administration",
    description = "A limit with its use in the current window. Needs the scope `usage:read` or `admin`.",
    params(("id" = String, Path, description = "`lim_…`", pattern = "^lim_[0-9a-f]{32}$")),
    responses(
        (status = 200, description = "The limit; its version is in `ETag`", body = Limit),
        Unauthenticated, Unavailable, Forbidden, NotFound,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_limit(
    State(state): State<AdminState>,
    Reader(caller): Reader,
    PathId(id): PathId<LimitId>,
) -> Result<Response, ApiError> {
    let limit = find_visible(&state, id, |label| caller.sees(label)).await?;
    Ok(answer(StatusCode::OK, limit))
}

#[utoipa::path(
    patch,
    path = "/api/limits/{id}",
    tag = "administration",
    description = "Changes amount or mode, from the next call on; use so far still counts. With `If-Match`, only the version \
        it names. A key bound to a label changes only limits that a key bound to this label created.",
    params(("id" = String, Path, description = "`lim_…`", pattern = "^lim_[0-9a-f]{32}$"), IfMatch),
    request_body = LimitChanges,
    responses(
        (status = 200, description = "The limit after the change", body = Limit),
        BadBody, Unauthenticated, Unavailable, Forbidden, NotFound, Stale, Invalid,
        (status = 409, description = "A limit of that mode already exists", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn change_limit(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<LimitId>,
    IfMatch(precondition): IfMatch,
    RequestBody(edit): RequestBody<LimitChanges>,
) -> Result<Response, ApiError> {
    // The metric decides how an amount is read, and never changes.
    let limit = find_visible(&state, id, |label| actor.must_see(label).is_ok()).await?;
    let change = edit.into_change(limit.facts.metric).map_err(ApiError::Validation)?;
    let limit = changes::change(state.database(), limit.id, &change, &precondition, &actor).await?;
    Ok(answer(StatusCode::OK, limit))
}

#[utoipa::path(
    delete,
    path = "/api/limits/{id}",
    tag = "administration",
    description = "Removes a limit, from the next call on. A key bound to a label removes only limits that a key bound to this \
        label created.",
    params(("id" = String, Path, description = "`lim_…`", pattern = "^lim_[0-9a-f]{32}$"), IfMatch),
    responses(
        (status = 204, description = "The limit is removed"),
        Unauthenticated, Unavailable, Forbidden, NotFound, Stale,
    ),
    security(("key" = [])),
)]
pub(crate) async fn delete_limit(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<LimitId>,
    IfMatch(precondition): IfMatch,
) -> Result<StatusCode, ApiError> {
    changes::delete(state.database(), id, &precondition, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A limit of another label than the caller's does not exist for it.
async fn find_visible(
    state: &AdminState,
    id: LimitId,
    sees: impl Fn(Option<&str>) -> bool,
) -> Result<domain::limits::Limit, ApiError> {
    let found = limits::find(state.database(), id).await?;
    found.filter(|limit| sees(limit.user_label.as_deref())).ok_or(ApiError::NotFound)
}

fn answer(status: StatusCode, limit: domain::limits::Limit) -> Response {
    versioned(status, limit.version, Limit::from(limit))
}
