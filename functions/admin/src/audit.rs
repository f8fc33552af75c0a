//! `GET /api/audit`: who changed what.

use axum::Json;
use axum::extract::{Extension, State};
use chrono::{DateTime, Utc};
use domain::audit::{AuditAction, AuditEntry, AuditFilter, AuditSubject};
use domain::ids::{KeyId, RequestId};
use http::HeaderMap;
use ledger::audit;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use web::{ApiError, Problem};

use crate::params::{Params, RawParams};
use crate::read;
use crate::state::AdminState;

/// One change. `before` and `after` hold what was changed; never a secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditEntryView {
    pub id: i64,
    pub at: DateTime<Utc>,
    #[schema(value_type = String, example = "key_0198c0de0000700080000000deadbeef")]
    pub actor_key_id: KeyId,
    /// The name of the actor's key at that time.
    pub actor_name: String,
    /// `create`, `update`, `delete`, `revoke` or `rotate`.
    pub action: String,
    /// `key`, `limit` or `price`.
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

#[utoipa::path(
    get,
    path = "/api/audit",
    tag = "administration",
    description = "Changes of keys, limits and prices, newest first. A key bound to a label sees those of its label.",
    params(
        ("subject_kind" = Option<String>, Query, description = "`key`, `limit` or `price`"),
        ("subject_id" = Option<String>, Query, description = "Changes of this one thing"),
        ("action" = Option<String>, Query, description = "`create`, `update`, `delete`, `revoke` or `rotate`"),
        ("actor" = Option<String>, Query, description = "Changes made with this key"),
        ("from" = Option<DateTime<Utc>>, Query, description = "First instant of the range"),
        ("to" = Option<DateTime<Utc>>, Query, description = "First instant after the range"),
        ("limit" = Option<i64>, Query, description = "Rows of a page, at most 200; 50 where not given"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of changes", body = AuditPage),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid parameters", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_audit(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    params: RawParams,
) -> Result<Json<AuditPage>, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let mut params = Params::new(params)?;
    let filter = AuditFilter {
        subject: params
            .take("subject_kind", |text| read::word(text, AuditSubject::ALL, AuditSubject::as_str)),
        subject_id: params.take("subject_id", read::needle),
        action: params.take("action", |text| read::word(text, AuditAction::ALL, AuditAction::as_str)),
        actor: params.take("actor", |text| read::id(text, "key_…")),
        from: params.take("from", web::parse_instant),
        to: params.take("to", web::parse_instant),
        user_label: actor.user_label,
    };
    let paging = params.paging();
    params.finish()?;
    let entries = audit::list(state.database(), &filter, paging.cursor, paging.fetch()).await?;
    let (data, next_cursor) = paging.page(entries, |entry| entry.id.to_string(), AuditEntryView::from);
    Ok(Json(AuditPage { data, next_cursor }))
}
