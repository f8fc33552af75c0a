//! `GET /api/limits/{id}/windows`: what each label, key or value has used of a limit.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use domain::ids::LimitId;
use ledger::limits::windows;
use web::responses::{Forbidden, Invalid, NotFound, Unauthenticated, Unavailable};
use web::{ApiError, Cursor, PageParams, PathId, QueryParams, Reader};

use super::find_visible;
use super::view::{WindowPage, WindowView};
use crate::AdminState;

/// The use and the row of the last window of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WindowCursor(i64, i64);

impl FromStr for WindowCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (used, row_id) = text.split_once('-').ok_or(())?;
        Ok(Self(used.parse().map_err(drop)?, row_id.parse().map_err(drop)?))
    }
}

impl Cursor for WindowCursor {
    const PATTERN: &'static str = "^[1-9][0-9]{0,17}-[1-9][0-9]{0,17}$";
}

#[utoipa::path(
    get,
    path = "/api/limits/{id}/windows",
    tag = "administration",
    description = "The current windows of a limit, most used first. A limit for each label, key or value of a tag has one for \
        each that has used it; other limits have one, once it is used. Needs the scope `usage:read` or `admin`.",
    params(("id" = String, Path, description = "`lim_…`", pattern = "^lim_[0-9a-f]{32}$"), PageParams<WindowCursor>),
    responses(
        (status = 200, description = "A page of windows", body = WindowPage),
        Unauthenticated, Unavailable, Forbidden, NotFound, Invalid,
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_windows(
    State(state): State<AdminState>,
    Reader(caller): Reader,
    PathId(id): PathId<LimitId>,
    QueryParams(page): QueryParams<PageParams<WindowCursor>>,
) -> Result<Json<WindowPage>, ApiError> {
    let limit = find_visible(&state, id, |label| caller.sees(label)).await?;
    let after = page.cursor().map(|WindowCursor(used, row_id)| (used, row_id));
    let found = windows::list(state.database(), id, after, page.fetch()).await?;
    let cursor = |window: &domain::limits::LimitWindow| format!("{}-{}", window.usage.used, window.row_id);
    let (data, next_cursor) = page.page(found, cursor, |window| WindowView::new(limit.facts.metric, &window));
    Ok(Json(WindowPage { data, next_cursor }))
}
