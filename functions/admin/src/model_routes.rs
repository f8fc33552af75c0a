//! `/api/model-routes`: names that callers use as a model, each with the targets that a call is tried at.

mod request;
mod view;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::ids::RouteId;
use domain::model_routes::ModelRouteRow;
use http::StatusCode;
use ledger::model_routes::{self, changes};
use web::responses::{
    BadBody, Forbidden, Invalid, NotFound, PROBLEM_JSON, Stale, Unauthenticated, Unavailable,
};
use web::{Administrator, ApiError, PathId, Problem, RequestBody};

use self::request::{ModelRouteChanges, NewModelRoute};
use self::view::{ModelRoute, ModelRouteList};
use crate::AdminState;
use crate::answer::{IfMatch, versioned};

#[utoipa::path(
    get,
    path = "/api/model-routes",
    tag = "administration",
    description = "Model routes by name. Needs a key that is not bound to a label.",
    responses(
        (status = 200, description = "All model routes", body = ModelRouteList),
        Unauthenticated, Unavailable, Forbidden,
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_model_routes(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
) -> Result<Json<ModelRouteList>, ApiError> {
    actor.may_change(None)?;
    let data = model_routes::list(state.database()).await?.into_iter().map(ModelRoute::from).collect();
    Ok(Json(ModelRouteList { data }))
}

#[utoipa::path(
    post,
    path = "/api/model-routes",
    tag = "administration",
    description = "Adds a model route. A call whose model is its name is tried at its targets in their order: the next one is \
        tried where no connection was made, no first byte came in time, or the answer was 408, 409, 429 or 5xx. Needs a key \
        that is not bound to a label.",
    request_body = NewModelRoute,
    responses(
        (status = 201, description = "The route; its version is in `ETag`", body = ModelRoute),
        BadBody, Unauthenticated, Unavailable, Forbidden, Invalid,
        (status = 409, description = "A route of this name and format already exists", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create_model_route(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    RequestBody(new): RequestBody<NewModelRoute>,
) -> Result<Response, ApiError> {
    let route = changes::create(state.database(), &new.into_facts(), &actor).await?;
    Ok(answer(StatusCode::CREATED, route))
}

#[utoipa::path(
    get,
    path = "/api/model-routes/{id}",
    tag = "administration",
    description = "Returns one model route. Needs a key that is not bound to a label.",
    params(("id" = String, Path, description = "`route_…`", pattern = "^route_[0-9a-f]{32}$")),
    responses(
        (status = 200, description = "The route; its version is in `ETag`", body = ModelRoute),
        Unauthenticated, Unavailable, Forbidden, NotFound,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_model_route(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<RouteId>,
) -> Result<Response, ApiError> {
    actor.may_change(None)?;
    let route = model_routes::find(state.database(), id).await?.ok_or(ApiError::NotFound)?;
    Ok(answer(StatusCode::OK, route))
}

#[utoipa::path(
    patch,
    path = "/api/model-routes/{id}",
    tag = "administration",
    description = "Changes the targets of a model route, from the next call on. With `If-Match`, only the version it names. \
        Needs a key that is not bound to a label.",
    params(("id" = String, Path, description = "`route_…`", pattern = "^route_[0-9a-f]{32}$"), IfMatch),
    request_body = ModelRouteChanges,
    responses(
        (status = 200, description = "The route after the change", body = ModelRoute),
        BadBody, Unauthenticated, Unavailable, Forbidden, NotFound, Stale, Invalid,
    ),
    security(("key" = [])),
)]
pub(crate) async fn change_model_route(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<RouteId>,
    IfMatch(precondition): IfMatch,
    RequestBody(edit): RequestBody<ModelRouteChanges>,
) -> Result<Response, ApiError> {
    actor.may_change(None)?;
    let change = edit.into_change().map_err(ApiError::Validation)?;
    let route = changes::change(state.database(), id, &change, &precondition, &actor).await?;
    Ok(answer(StatusCode::OK, route))
}

#[utoipa::path(
    delete,
    path = "/api/model-routes/{id}",
    tag = "administration",
    description = "Removes a model route, from the next call on: its name is then that of a model again. Needs a key that is \
        not bound to a label.",
    params(("id" = String, Path, description = "`route_…`", pattern = "^route_[0-9a-f]{32}$"), IfMatch),
    responses(
        (status = 204, description = "The route is removed"),
        Unauthenticated, Unavailable, Forbidden, NotFound, Stale,
    ),
    security(("key" = [])),
)]
pub(crate) async fn delete_model_route(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<RouteId>,
    IfMatch(precondition): IfMatch,
) -> Result<StatusCode, ApiError> {
    changes::delete(state.database(), id, &precondition, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answer(status: StatusCode, route: ModelRouteRow) -> Response {
    versioned(status, route.version, ModelRoute::from(route))
}
