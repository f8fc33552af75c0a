//! `GET /api/limits/events`: thresholds reached and calls refused, with the deliveries of each event.

use axum::Json;
use axum::extract::State;
use domain::ids::LimitId;
use domain::limits::{Delivery, DeliveryStatus, EventFilter, EventKind, EventWithDeliveries, SubjectKind};
use domain::queries::TimeRange;
use ledger::limits::events;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::values::{Id, Instant, OneOf, SearchText};
use web::{ApiError, FieldError, Input, LimitEventView, PageParams, QueryParams, Reader, Request};

use super::request::{check_subject_id, stored_subject_id};
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
    /// Only events since then
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    from: Option<Instant>,
    /// Only events before then
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    to: Option<Instant>,
    /// Only events of this limit, `lim_…`
    #[param(inline, value_type = Option<LimitId>)]
    limit_id: Option<Id<LimitId>>,
    /// Only events of limits on this kind of subject
    #[param(inline, value_type = Option<SubjectKind>)]
    subject_kind: Option<OneOf<SubjectKind>>,
    /// Only events of this label, `key_…` or tag, under limits on it or on each
    #[param(inline, value_type = Option<SearchText>)]
    subject_id: Option<SearchText>,
    /// Only events of this kind
    #[param(inline, value_type = Option<EventKind>)]
    kind: Option<OneOf<EventKind>>,
    /// Only events with a delivery in this state
    #[param(inline, value_type = Option<DeliveryStatus>)]
    delivery: Option<OneOf<DeliveryStatus>>,
}

impl Request for EventParams {
    fn check(input: &Input<'_>, errors: &mut Vec<FieldError>) {
        if let (Some(Instant(from)), Some(Instant(to))) = (input.get("from"), input.get("to"))
            && from > to
        {
            errors.push(FieldError::new("to", "must not be before 'from'"));
        }
        check_subject_id(input, errors);
    }
}

impl EventParams {
    fn into_filter(self, user_label: Option<String>) -> EventFilter {
        EventFilter {
            range: TimeRange { from: self.from.map(|from| from.0), to: self.to.map(|to| to.0) },
            limit_id: self.limit_id.map(|id| id.0),
            subject_kind: self.subject_kind.map(|kind| kind.0),
            subject_id: self.subject_id.map(|SearchText(text)| stored_subject_id(text)),
            kind: self.kind.map(|kind| kind.0),
            delivery: self.delivery.map(|status| status.0),
            user_label,
        }
    }
}

#[utoipa::path(
    get,
    path = "/api/limits/events",
    tag = "administration",
    description = "Thresholds reached and final refusals, once in each window and once more after a change of the amount, \
        newest first; events of deleted limits included. Needs the scope `usage:read` or `admin`. A key bound to a label sees \
        the events of its label and of that label's keys.",
    params(EventParams, PageParams<i64>),
    responses((status = 200, description = "A page of events", body = EventPage), Unauthenticated, Unavailable, Forbidden, Invalid),
    security(("key" = [])),
)]
pub(crate) async fn list_events(
    State(state): State<AdminState>,
    Reader(caller): Reader,
    QueryParams((params, page)): QueryParams<(EventParams, PageParams<i64>)>,
) -> Result<Json<EventPage>, ApiError> {
    let filter = params.into_filter(caller.user_label);
    let found = events::list(state.database(), &filter, page.cursor(), page.fetch()).await?;
    let view = |found: EventWithDeliveries| LimitEventWithDeliveries {
        event: LimitEventView::from(&found.event),
        deliveries: found.deliveries,
    };
    let (data, next_cursor) = page.page(found, |found| found.cursor().to_string(), view);
    Ok(Json(EventPage { data, next_cursor }))
}
