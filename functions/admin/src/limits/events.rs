//! `GET /api/limits/events`: thresholds reached and calls refused, with the deliveries of each event.

use axum::Json;
use axum::extract::State;
use domain::ids::LimitId;
use domain::limits::{Delivery, DeliveryStatus, EventFilter, EventKind, EventWithDeliveries};
use ledger::limits::events;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::responses::{Forbidden, Invalid, Unauthenticated};
use web::values::{Id, OneOf, words};
use web::{Administrator, ApiError, LimitEventView, PageParams, QueryParams, Request};

use crate::AdminState;

/// An event and the state of its delivery to each target.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ToldEvent)]
pub(crate) struct LimitEventWithDeliveries {
    #[serde(flatten)]
    pub event: LimitEventView,
    /// Empty where no target was configured at that time.
    pub deliveries: Vec<Delivery>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// Newest first.
    pub data: Vec<LimitEventWithDeliveries>,
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

/// Which events to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventParams {
    /// Only events of this limit, `lim_…`
    #[param(value_type = Option<String>)]
    limit_id: Option<Id<LimitId>>,
    /// Only events of this kind
    #[param(schema_with = words::<EventKind>, required = false)]
    kind: Option<OneOf<EventKind>>,
    /// Only events with a delivery in this state
    #[param(schema_with = words::<DeliveryStatus>, required = false)]
    delivery: Option<OneOf<DeliveryStatus>>,
}

impl Request for EventParams {}

#[utoipa::path(
    get,
    path = "/api/limits/events",
    tag = "administration",
    description = "Thresholds reached and final refusals, once in each window and once more after a change of the amount, \
        newest first; events of deleted limits included. A key bound to a label sees the events of its label and of that \
        label's keys.",
    params(EventParams, PageParams<i64>),
    responses((status = 200, description = "A page of events", body = EventPage), Unauthenticated, Forbidden, Invalid),
    security(("key" = [])),
)]
pub(crate) async fn list_events(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    QueryParams((params, page)): QueryParams<(EventParams, PageParams<i64>)>,
) -> Result<Json<EventPage>, ApiError> {
    let filter = EventFilter {
        limit_id: params.limit_id.map(|id| id.0),
        kind: params.kind.map(|kind| kind.0),
        delivery: params.delivery.map(|status| status.0),
        user_label: actor.user_label,
    };
    let found = events::list(state.database(), &filter, page.cursor(), page.fetch()).await?;
    let view = |found: EventWithDeliveries| LimitEventWithDeliveries {
        event: LimitEventView::from(&found.event),
        deliveries: found.deliveries,
    };
    let (data, next_cursor) = page.page(found, |found| found.cursor().to_string(), view);
    Ok(Json(EventPage { data, next_cursor }))
}
