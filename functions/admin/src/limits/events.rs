//! `GET /api/limits/events`: what happened to limits, and what became of telling of it.

use axum::Json;
use axum::extract::{Extension, State};
use domain::ids::RequestId;
use domain::limits::{Delivery, DeliveryStatus, EventFilter, EventKind, EventWithDeliveries};
use http::HeaderMap;
use ledger::limits::events;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, LimitEventView, Problem};

use crate::params::{Params, RawParams};
use crate::read;
use crate::state::AdminState;

/// An event and how far each target has been told of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToldEvent {
    #[serde(flatten)]
    pub event: LimitEventView,
    /// None where no target was configured when it happened.
    pub deliveries: Vec<Delivery>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// Newest first.
    pub data: Vec<ToldEvent>,
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/limits/events",
    tag = "administration",
    description = "Thresholds reached and refusals for good, once in a window each and again where its amount was changed, newest \
        first; those of deleted limits too. A key bound to a label sees those of its label and of that label's keys.",
    params(
        ("limit_id" = Option<String>, Query, description = "Events of this one limit, `lim_…`"),
        ("kind" = Option<String>, Query, description = "`threshold` or `refused`"),
        ("delivery" = Option<String>, Query, description = "Events with a delivery that is `pending`, `delivered` or `failed`"),
        ("limit" = Option<i64>, Query, description = "Rows of a page, at most 200; 50 where not given"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of events", body = EventPage),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid parameters", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_events(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    params: RawParams,
) -> Result<Json<EventPage>, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let mut params = Params::new(params)?;
    let filter = EventFilter {
        limit_id: params.take("limit_id", |text| read::id(text, "lim_…")),
        kind: params.take("kind", |text| read::word(text, EventKind::ALL, EventKind::as_str)),
        delivery: params
            .take("delivery", |text| read::word(text, DeliveryStatus::ALL, DeliveryStatus::as_str)),
        user_label: actor.user_label,
    };
    let paging = params.paging();
    params.finish()?;
    let found = events::list(state.database(), &filter, paging.cursor, paging.fetch()).await?;
    let view = |told: EventWithDeliveries| ToldEvent {
        event: LimitEventView::from(&told.event),
        deliveries: told.deliveries,
    };
    let (data, next_cursor) = paging.page(found, |told| told.cursor().to_string(), view);
    Ok(Json(EventPage { data, next_cursor }))
}
