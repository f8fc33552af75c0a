//! `/api/upstreams`: servers that calls can be sent to, each under a path prefix of its name.

mod request;
mod view;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::change::Actor;
use domain::upstreams::{UpstreamName, UpstreamRow};
use http::StatusCode;
use ledger::upstreams::{self, changes};
use web::responses::{
    BadBody, Forbidden, Invalid, NotFound, PROBLEM_JSON, Stale, Unauthenticated, Unavailable,
};
use web::{Administrator, ApiError, Problem, RequestBody};

use self::request::{NewUpstream, UpstreamChanges};
use self::view::{Upstream, UpstreamList};
use crate::AdminState;
use crate::answer::{IfMatch, versioned};

#[utoipa::path(
    get,
    path = "/api/upstreams",
    tag = "administration",
    description = "Upstreams by name, without the providers that are configured in the environment. Needs a key that is not \
        bound to a label.",
    responses((status = 200, description = "All upstreams", body = UpstreamList), Unauthenticated, Unavailable, Forbidden),
    security(("key" = [])),
)]
pub(crate) async fn list_upstreams(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
) -> Result<Json<UpstreamList>, ApiError> {
    actor.may_change(None)?;
    let data = upstreams::list(state.database()).await?.into_iter().map(Upstream::from).collect();
    Ok(Json(UpstreamList { data }))
}

#[utoipa::path(
    post,
    path = "/api/upstreams",
    tag = "administration",
    description = "Adds an upstream. Calls to paths that begin with its name, such as `/groq/v1/chat/completions`, are sent to \
        it. Its key is read from the environment or from a secret, never from here. Needs a key that is not bound to a label.",
    request_body = NewUpstream,
    responses(
        (status = 201, description = "The upstream; its version is in `ETag`", body = Upstream),
        BadBody, Unauthenticated, Unavailable, Forbidden, Invalid,
        (status = 409, description = "An upstream of this name already exists", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create_upstream(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    RequestBody(new): RequestBody<NewUpstream>,
) -> Result<Response, ApiError> {
    let upstream = changes::create(state.database(), &new.into_facts(), &actor).await?;
    Ok(answer(StatusCode::CREATED, upstream))
}

#[utoipa::path(
    get,
    path = "/api/upstreams/{name}",
    tag = "administration",
    description = "Returns one upstream. Needs a key that is not bound to a label.",
    params(("name" = String, Path, description = "The upstream's name")),
    responses(
        (status = 200, description = "The upstream; its version is in `ETag`", body = Upstream),
        Unauthenticated, Unavailable, Forbidden, NotFound,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_upstream(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let name = visible(&name, &actor)?;
    let upstream = upstreams::find(state.database(), &name).await?.ok_or(ApiError::NotFound)?;
    Ok(answer(StatusCode::OK, upstream))
}

#[utoipa::path(
    patch,
    path = "/api/upstreams/{name}",
    tag = "administration",
    description = "Changes an upstream, from the next call on. With `If-Match`, only the version it names. Needs a key that is \
        not bound to a label.",
    params(("name" = String, Path, description = "The upstream's name"), IfMatch),
    request_body = UpstreamChanges,
    responses(
        (status = 200, description = "The upstream after the change", body = Upstream),
        BadBody, Unauthenticated, Unavailable, Forbidden, NotFound, Stale, Invalid,
    ),
    security(("key" = [])),
)]
pub(crate) async fn change_upstream(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    Path(name): Path<String>,
    IfMatch(precondition): IfMatch,
    RequestBody(edit): RequestBody<UpstreamChanges>,
) -> Result<Response, ApiError> {
    let name = visible(&name, &actor)?;
    let change = edit.into_change().map_err(ApiError::Validation)?;
    let upstream = changes::change(state.database(), &name, &change, &precondition, &actor).await?;
    Ok(answer(StatusCode::OK, upstream))
}

#[utoipa::path(
    delete,
    path = "/api/upstreams/{name}",
    tag = "administration",
    description = "Removes an upstream, from the next call on. Calls in the ledger keep what they were priced with. Needs a key \
        that is not bound to a label.",
    params(("name" = String, Path, description = "The upstream's name"), IfMatch),
    responses(
        (status = 204, description = "The upstream is removed"),
        Unauthenticated, Unavailable, Forbidden, NotFound, Stale,
    ),
    security(("key" = [])),
)]
pub(crate) async fn delete_upstream(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    Path(name): Path<String>,
    IfMatch(precondition): IfMatch,
) -> Result<StatusCode, ApiError> {
    let name = visible(&name, &actor)?;
    changes::delete(state.database(), &name, &precondition, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The name in a path. Administrators who are bound to a label learn nothing of upstreams.
fn visible(name: &str, actor: &Actor) -> Result<UpstreamName, ApiError> {
    actor.may_change(None)?;
    UpstreamName::parse(name).ok_or(ApiError::NotFound)
}

fn answer(status: StatusCode, upstream: UpstreamRow) -> Response {
    versioned(status, upstream.version, Upstream::from(upstream))
}
