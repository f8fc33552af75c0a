//! `GET /api/usage/export/link`: an address that a browser can download an export from, as it sends no key with one.

use axum::Json;
use axum::extract::{FromRef, FromRequestParts, Query, State};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use domain::keys::{Caller, LinkGrant, Scope};
use http::Uri;
use http::request::Parts;
use ledger::keys;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use utoipa::ToSchema;
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::{ApiError, AppState, QueryParams, Reader};

use crate::export::{ExportParams, ExportQuery, checked_filter};
use crate::query::{CallParams, CostParams, OutcomeParams, UsageParams};
use crate::state::SummaryState;

const PURPOSE: &str = "export";
const TOKEN: &str = "link";
/// Enough for a browser to begin the download.
const SECONDS: i64 = 60;

/// Where an export can be downloaded without a key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportLink {
    /// Relative to the API's origin. Anyone who has it can download this export, so treat it like a key.
    #[schema(example = "/api/usage/export?format=csv&link=…")]
    pub url: String,
    pub expires_at: DateTime<Utc>,
}

#[utoipa::path(
    get,
    path = "/api/usage/export/link",
    tag = "usage",
    description = "A link to an export that works for one minute without a key, for downloads by a browser. It takes the \
        parameters of the export and is good for exactly these; it ends early if the key is revoked or its secret retired.",
    params(ExportParams, CostParams, UsageParams, OutcomeParams, CallParams),
    responses(
        (status = 200, description = "The link", body = ExportLink),
        Unauthenticated, Forbidden, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_export_link(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    QueryParams(params): QueryParams<ExportQuery>,
    uri: Uri,
) -> Result<Json<ExportLink>, ApiError> {
    checked_filter(&state, &caller, params).await?;
    let query = bound_query(&uri)?;
    let expires_at = caller.authenticated_at.trunc_subsecs(0) + TimeDelta::seconds(SECONDS);
    let app = AppState::from_ref(&state);
    let grant = LinkGrant { secret: caller.secret, expires_at };
    let token =
        grant.seal(app.hasher(), PURPOSE, &query).map_err(|error| ApiError::Internal(error.into()))?;
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = query.iter().map(|(name, value)| format!("{}={}&", encoded(name), encoded(value)));
    let url = format!("/api/usage/export?{}{TOKEN}={token}", pairs.collect::<String>());
    Ok(Json(ExportLink { url, expires_at }))
}

/// A caller who may read usage, by a key or by a link to this export.
pub(crate) struct ExportReader(pub Caller);

impl FromRequestParts<SummaryState> for ExportReader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &SummaryState) -> Result<Self, ApiError> {
        let Some(token) = pairs(&parts.uri)?.into_iter().find(|(name, _)| name == TOKEN) else {
            return Reader::from_request_parts(parts, state).await.map(|Reader(caller)| Self(caller));
        };
        let app = AppState::from_ref(state);
        let grant = LinkGrant::open(app.hasher(), PURPOSE, &bound_query(&parts.uri)?, &token.1);
        let grant = grant.ok_or_else(refused)?;
        let caller = keys::authenticate(app.database(), grant.secret).await?.ok_or_else(refused)?;
        if caller.authenticated_at > grant.expires_at || !caller.has(Scope::UsageRead) {
            return Err(refused());
        }
        Ok(Self(caller))
    }
}

fn refused() -> ApiError {
    ApiError::Denied {
        code: "download_link_invalid",
        message: "This download link is not valid: it lasts one minute, for one export, and ends with its key. Ask for \
            a new one.",
    }
}

/// What a link is bound to: all parameters but the token.
fn bound_query(uri: &Uri) -> Result<Vec<(String, String)>, ApiError> {
    Ok(pairs(uri)?.into_iter().filter(|(name, _)| name != TOKEN).collect())
}

fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, ApiError> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|error| ApiError::InvalidRequest { message: error.body_text(), param: None })?;
    Ok(pairs)
}
