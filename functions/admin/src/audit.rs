//! `GET /api/audit`: who changed what, and when.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::audit::{AuditAction, AuditEntry, AuditFilter, AuditSubject};
use domain::ids::KeyId;
use ledger::audit;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::values::{Id, Instant, OneOf, SearchText};
use web::{Administrator, ApiError, PageParams, QueryParams, Request};

use crate::AdminState;

/// One change. `before` and `after` hold its subject, never a secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditEntryView {
    pub id: i64,
    pub at: DateTime<Utc>,
    #[schema(value_type = String, example = "key_0198c0de0000700080000000deadbeef")]
    pub actor_key_id: KeyId,
    /// The name of the actor's key at the time of the change.
    pub actor_name: String,
    /// `create`, `update`, `delete`, `revoke` or `rotate`.
    pub action: String,
    /// `key`, `limit`, `price`, `fee`, `upstream` or `route`.
    pub subject_kind: String,
    pub subject_id: String,
    /// The label that the subject belongs to.
    #[schema(required = true)]
    pub user_label: Option<String>,
    /// The `x-request-id` of the change.
    pub request_id: String,
    #[schema(value_type = Option<Object>, required = true)]
    pub before: Option<Value>,
    #[schema(value_type = Option<Object>, required = true)]
    pub after: Option<Value>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// Newest first.
    pub data: Vec<AuditEntryView>,
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl From<AuditEntry> for AuditEntryView {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            actor_key_id: entry.actor_key_id,
            actor_name: entry.actor_name,
            action: entry.action,
            subject_kind: entry.subject_kind,
            subject_id: entry.subject_id,
            user_label: entry.user_label,
            request_id: entry.request_id,
            before: entry.before,
            after: entry.after,
        }
    }
}

/// Which changes to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// Only changes of this kind of subject
    #[param(inline, value_type = Option<AuditSubject>)]
    subject_kind: Option<OneOf<AuditSubject>>,
    /// Only changes of the key, limit, price, fee or model route with this id, or of the upstream of this name
    #[param(inline, value_type = Option<SearchText>)]
    subject_id: Option<SearchText>,
    /// Only changes of this kind
    #[param(inline, value_type = Option<AuditAction>)]
    action: Option<OneOf<AuditAction>>,
    /// Only changes made with this key, `key_…`
    #[param(inline, value_type = Option<KeyId>)]
    actor: Option<Id<KeyId>>,
    /// Start of the range, inclusive
    #[param(value_type = Option<DateTime<Utc>>)]
    from: Option<Instant>,
    /// End of the range, exclusive
    #[param(value_type = Option<DateTime<Utc>>)]
    to: Option<Instant>,
}

impl Request for AuditParams {}

#[utoipa::path(
    get,
    path = "/api/audit",
    tag = "administration",
    description = "Changes of keys, limits, prices, fees, upstreams and model routes, newest first. A key bound to a label sees the changes of its label.",
    params(AuditParams, PageParams<i64>),
    responses((status = 200, description = "A page of changes", body = AuditPage), Unauthenticated, Unavailable, Forbidden, Invalid),
    security(("key" = [])),
)]
pub(crate) async fn list_audit(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    QueryParams((params, page)): QueryParams<(AuditParams, PageParams<i64>)>,
) -> Result<Json<AuditPage>, ApiError> {
    let filter = AuditFilter {
        subject: params.subject_kind.map(|kind| kind.0),
        subject_id: params.subject_id.map(|id| id.0),
        action: params.action.map(|action| action.0),
        actor: params.actor.map(|actor| actor.0),
        from: params.from.map(|from| from.0),
        to: params.to.map(|to| to.0),
        user_label: actor.user_label,
    };
    let entries = audit::list(state.database(), &filter, page.cursor(), page.fetch()).await?;
    let (data, next_cursor) = page.page(entries, |entry| entry.id.to_string(), AuditEntryView::from);
    Ok(Json(AuditPage { data, next_cursor }))
}
