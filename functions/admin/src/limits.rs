//! `/api/limits`: how much may be used, of what, by whom, in which window.

pub(crate) mod events;
mod request;
mod view;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use domain::ids::{LimitId, RequestId};
use domain::limits::{LimitFilter, Metric, Mode, Period, SubjectKind};
use http::{HeaderMap, StatusCode};
use ledger::limits::{self, changes};
use web::{ApiError, Problem};

use self::request::{LimitChanges, NewLimit};
use self::view::{Limit, LimitPage};
use crate::answer::{if_match, versioned};
use crate::params::{Params, RawParams};
use crate::read;
use crate::state::AdminState;

#[utoipa::path(
    get,
    path = "/api/limits",
    tag = "administration",
    description = "All limits with what is used of each in its current window, newest first. A key bound to a label sees \
        those of its label and of that label's keys.",
    params(
        ("subject_kind" = Option<String>, Query, description = "`global`, `label` or `key`"),
        ("subject_id" = Option<String>, Query, description = "The label or `key_…` that is limited"),
        ("metric" = Option<String>, Query, description = "`requests`, `tokens`, `usd` or `concurrency`"),
        ("window" = Option<String>, Query, description = "`minute`, `hour`, `day`, `month` or `total`"),
        ("mode" = Option<String>, Query, description = "`hard` or `soft`"),
        ("limit" = Option<i64>, Query, description = "Rows of a page, at most 200; 50 where not given"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of limits", body = LimitPage),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid parameters", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_limits(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    params: RawParams,
) -> Result<Json<LimitPage>, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let mut params = Params::new(params)?;
    let filter = LimitFilter {
        subject_kind: params
            .take("subject_kind", |text| read::word(text, SubjectKind::ALL, SubjectKind::as_str)),
        subject_id: params.take("subject_id", request::stored_subject_id),
        metric: params.take("metric", |text| read::word(text, Metric::ALL, Metric::as_str)),
        period: params.take("window", |text| read::word(text, Period::ALL, Period::as_str)),
        mode: params.take("mode", |text| read::word(text, Mode::ALL, Mode::as_str)),
        user_label: actor.user_label,
    };
    let paging = params.paging();
    params.finish()?;
    let found = limits::list(state.database(), &filter, paging.cursor, paging.fetch()).await?;
    let (data, next_cursor) = paging.page(found, |limit| limit.id.to_string(), Limit::from);
    Ok(Json(LimitPage { data, next_cursor }))
}

#[utoipa::path(
    post,
    path = "/api/limits",
    tag = "administration",
    description = "Sets a limit. Its current window begins with what was used of it already, and calls in flight hold \
        their part of it. A label need not have been used before.",
    request_body = NewLimit,
    responses(
        (status = 201, description = "The limit", body = Limit),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is one for this subject, metric, window and mode", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid fields", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Calls in flight could not be counted just now: nothing is changed, and `retry-after` says \
            when to ask again", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create_limit(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let facts = request::new_limit(body).await?;
    let limit = changes::create(state.database(), &facts, &actor).await?;
    Ok(answer(StatusCode::CREATED, limit))
}

#[utoipa::path(
    get,
    path = "/api/limits/{id}",
    tag = "administration",
    params(("id" = String, Path, description = "`lim_…`")),
    responses(
        (status = 200, description = "The limit; its version is in `ETag`", body = Limit),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such limit", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_limit(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let limit = limits::find(state.database(), parse_id(&id)?).await?.ok_or(ApiError::NotFound)?;
    actor.may_change(limit.user_label.as_deref())?;
    Ok(answer(StatusCode::OK, limit))
}

#[utoipa::path(
    patch,
    path = "/api/limits/{id}",
    tag = "administration",
    description = "Changes amount or mode, from the next call on; what was used stays used. With `If-Match`, only the \
        version it names.",
    params(
        ("id" = String, Path, description = "`lim_…`"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that the change was made from"),
    ),
    request_body = LimitChanges,
    responses(
        (status = 200, description = "The limit as it is now", body = Limit),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such limit", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is one of that mode already", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid fields", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn change_limit(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    // Its metric, which says how to read an amount, never changes.
    let limit = limits::find(state.database(), parse_id(&id)?).await?.ok_or(ApiError::NotFound)?;
    let change = request::limit_change(body, limit.facts.metric).await?;
    let limit = changes::change(state.database(), limit.id, &change, &if_match(&headers), &actor).await?;
    Ok(answer(StatusCode::OK, limit))
}

#[utoipa::path(
    delete,
    path = "/api/limits/{id}",
    tag = "administration",
    description = "Lifts a limit, from the next call on.",
    params(
        ("id" = String, Path, description = "`lim_…`"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that the change was made from"),
    ),
    responses(
        (status = 204, description = "The limit is lifted"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such limit", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn delete_limit(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    changes::delete(state.database(), parse_id(&id)?, &if_match(&headers), &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Text that cannot be an id is the id of nothing.
fn parse_id(text: &str) -> Result<LimitId, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound)
}

fn answer(status: StatusCode, limit: domain::limits::Limit) -> Response {
    versioned(status, limit.version, Limit::from(limit))
}
