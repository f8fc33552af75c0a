//! Corrections of prices: previewing, applying and undoing them.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use ledger::prices::effects;
use ledger::prices::revisions::{self, Revision};
use web::responses::{BadBody, Forbidden, Invalid, NotFound, PROBLEM_JSON, Unauthenticated, Unavailable};
use web::{Administrator, ApiError, PageParams, PathId, Problem, QueryParams, RequestBody};

use super::request::{Correction, NewPrice};
use super::revision_view::{PricePreview, PriceRevision, PriceRevisionPage};
use crate::AdminState;

#[utoipa::path(
    post,
    path = "/api/prices/preview",
    tag = "administration",
    description = "Shows what a price would change in the calls settled since its `effective_from`, up to the next price of \
        the same model, tier and threshold. It may replace a price, come between two, or be the first of a model. Abandoned \
        calls with estimated tokens and calls of unknown usage stay as they are. Reads at most 5 million calls.",
    request_body = NewPrice,
    responses(
        (status = 200, description = "What would change", body = PricePreview),
        BadBody, Unauthenticated, Unavailable, Forbidden, Invalid,
        (status = 409, description = "This is already the price", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn preview_correction(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    RequestBody(new): RequestBody<NewPrice>,
) -> Result<Json<PricePreview>, ApiError> {
    actor.may_change(None)?;
    Ok(Json(effects::preview(state.database(), &new.into_facts()).await?.into()))
}

#[utoipa::path(
    post,
    path = "/api/prices/apply",
    tag = "administration",
    description = "Adds the price to the price book and corrects the calls that the preview showed, and those settled \
        since. Ledger rows are never changed: corrections are appended, and read with `cost=current`. A correction becomes \
        visible as a whole. A very large one returns 202 first and continues each minute and whenever the request is \
        repeated. Repeating the same preview is the same revision. Calls in flight are corrected within a minute of their \
        settlement.",
    request_body = Correction,
    responses(
        (status = 200, description = "The correction is applied", body = PriceRevision),
        (status = 202, description = "The correction is being written and changes nothing yet", body = PriceRevision),
        BadBody, Unauthenticated, Unavailable, Forbidden, Invalid,
        (status = 409, description = "This is already the price, or another correction is being written", body = Problem, content_type = PROBLEM_JSON),
        (status = 412, description = "The changes differ from those that the preview showed", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn apply_correction(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    RequestBody(Correction { price, preview }): RequestBody<Correction>,
) -> Result<Response, ApiError> {
    Ok(answer(revisions::apply(state.database(), &price.into_facts(), &preview, &actor).await?))
}

#[utoipa::path(
    get,
    path = "/api/prices/revisions",
    tag = "administration",
    params(PageParams<i64>),
    responses((status = 200, description = "A page of corrections", body = PriceRevisionPage), Unauthenticated, Unavailable, Forbidden, Invalid),
    security(("key" = [])),
)]
pub(crate) async fn list_revisions(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    QueryParams(page): QueryParams<PageParams<i64>>,
) -> Result<Json<PriceRevisionPage>, ApiError> {
    actor.may_change(None)?;
    let found = revisions::list(state.database(), page.cursor(), page.fetch()).await?;
    let (data, next_cursor) = page.page(found, |revision| revision.id.to_string(), PriceRevision::from);
    Ok(Json(PriceRevisionPage { data, next_cursor }))
}

#[utoipa::path(
    post,
    path = "/api/prices/revisions/{id}/undo",
    tag = "administration",
    description = "Appends the reverse of a correction and restores the price that it replaced. Corrections that changed the \
        same calls are undone newest first.",
    params(("id" = i64, Path, description = "The revision's id")),
    responses(
        (status = 200, description = "The revision that reverses it", body = PriceRevision),
        (status = 202, description = "The reversal is being written and changes nothing yet", body = PriceRevision),
        Unauthenticated, Unavailable, Forbidden, NotFound,
        (status = 409, description = "Already undone, still being written, or a later correction depends on it", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn undo_revision(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<i64>,
) -> Result<Response, ApiError> {
    actor.may_change(None)?;
    Ok(answer(revisions::undo(state.database(), id, &actor).await?))
}

fn answer(revision: Revision) -> Response {
    let status = if revision.applied_at.is_some() { StatusCode::OK } else { StatusCode::ACCEPTED };
    (status, Json(PriceRevision::from(revision))).into_response()
}
