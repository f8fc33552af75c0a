//! Corrections of prices: what one would change of the past, making it, and taking it back.

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::ids::RequestId;
use domain::money::PicoUsdSum;
use http::{HeaderMap, StatusCode};
use ledger::prices::effects::{self, Effect, Effects};
use ledger::prices::revisions::{self, Revision};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Problem};

use super::request::{self, Correction, NewPrice};
use crate::params::{Params, RawParams};
use crate::state::AdminState;

/// What a price would change. Nothing of it has happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PricePreview {
    /// For `POST /api/prices/apply`: names this price, these calls and these changes.
    pub preview: String,
    /// Calls settled before this instant are counted. Those settled later follow when it is applied.
    pub until: DateTime<Utc>,
    /// When a later price of the same model, tier and threshold takes over.
    #[schema(required = true)]
    pub ends_at: Option<DateTime<Utc>>,
    /// The price for the same instant that this one would take the place of.
    #[schema(required = true)]
    pub replaced_price_id: Option<i64>,
    /// Calls of these models in that time that are kept as sums only: they stay as they are.
    pub gone_calls: i64,
    pub total: PriceChange,
    /// By label and model, as asked for.
    pub groups: Vec<GroupChange>,
}

/// Sums of the calls that the price is for; USD as exact decimals.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceChange {
    pub calls: i64,
    /// Those that have no known cost yet.
    pub newly_priced_calls: i64,
    /// Calls besides whose cost cannot be computed, as nobody knows what they used.
    pub unchanged_calls: i64,
    /// As billed then.
    #[schema(value_type = String, example = "12.5")]
    pub billed_usd: PicoUsdSum,
    /// As priced now, with the corrections made so far.
    #[schema(value_type = String, example = "12.5")]
    pub current_usd: PicoUsdSum,
    /// With this price.
    #[schema(value_type = String, example = "10")]
    pub corrected_usd: PicoUsdSum,
    /// From `current_usd` to `corrected_usd`.
    #[schema(value_type = String, example = "-2.5")]
    pub difference_usd: PicoUsdSum,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupChange {
    pub user_label: String,
    pub model: String,
    #[serde(flatten)]
    pub change: PriceChange,
}

impl From<&Effect> for PriceChange {
    fn from(effect: &Effect) -> Self {
        Self {
            calls: effect.calls,
            newly_priced_calls: effect.newly_priced_calls,
            unchanged_calls: effect.unchanged_calls,
            billed_usd: PicoUsdSum::from_pico(effect.billed),
            current_usd: PicoUsdSum::from_pico(effect.before),
            corrected_usd: PicoUsdSum::from_pico(effect.after),
            difference_usd: effect.change(),
        }
    }
}

impl From<Effects> for PricePreview {
    fn from(effects: Effects) -> Self {
        let total = PriceChange::from(&effects.total());
        let group = |((user_label, model), effect): (&(String, String), &Effect)| GroupChange {
            user_label: user_label.clone(),
            model: model.clone(),
            change: effect.into(),
        };
        Self {
            groups: effects.by_group.iter().map(group).collect(),
            preview: effects.preview,
            until: effects.until,
            ends_at: effects.ends_at,
            replaced_price_id: effects.replaced_price_id,
            gone_calls: effects.gone_calls,
            total,
        }
    }
}

/// A correction, or the undoing of one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceRevision {
    pub id: i64,
    /// `pending` while entries are written and none counts, `applied`, or `undone`.
    pub status: &'static str,
    pub created_at: DateTime<Utc>,
    #[schema(required = true)]
    pub applied_at: Option<DateTime<Utc>>,
    pub model: String,
    pub service_tier: String,
    pub above_input_tokens: i64,
    pub effective_from: DateTime<Utc>,
    /// The price that it put into the book, or took out of it again.
    pub price_id: i64,
    #[schema(required = true)]
    pub replaced_price_id: Option<i64>,
    /// The revision that this one takes back.
    #[schema(required = true)]
    pub undoes_id: Option<i64>,
    #[schema(required = true)]
    pub undone_by_id: Option<i64>,
    /// Calls whose cost it changed.
    pub changed_calls: i64,
    /// Calls of unknown cost that it priced; negative where it took that back.
    pub newly_priced_calls: i64,
    #[schema(value_type = String, example = "-2.5")]
    pub difference_usd: PicoUsdSum,
    pub actor_key_id: String,
}

impl From<Revision> for PriceRevision {
    fn from(revision: Revision) -> Self {
        let status = match (revision.applied_at, revision.undone_by_id) {
            (None, _) => "pending",
            (Some(_), None) => "applied",
            (Some(_), Some(_)) => "undone",
        };
        Self {
            id: revision.id,
            status,
            created_at: revision.created_at,
            applied_at: revision.applied_at,
            model: revision.model,
            service_tier: revision.service_tier,
            above_input_tokens: revision.above_input_tokens,
            effective_from: revision.effective_from,
            price_id: revision.price_id,
            replaced_price_id: revision.replaced_price_id,
            undoes_id: revision.undoes_id,
            undone_by_id: revision.undone_by_id,
            changed_calls: revision.changed_calls,
            newly_priced_calls: revision.newly_priced_calls,
            difference_usd: revision.change,
            actor_key_id: revision.actor_key_id.to_string(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceRevisionPage {
    /// Latest first.
    pub data: Vec<PriceRevision>,
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

#[utoipa::path(
    post,
    path = "/api/prices/preview",
    tag = "administration",
    description = "What a price would change of the calls settled since its `effective_from`, up to the next price of the \
        same model, tier and threshold: one that takes the place of a price, comes between two, or is the first of a model. \
        Calls whose tokens are an estimate of an abandoned call, or unknown, stay as they are. Looks at 5 million calls at most.",
    request_body = NewPrice,
    responses(
        (status = 200, description = "What would change", body = PricePreview),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to a label", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "That is the price already", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid fields, or too many calls", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn preview_correction(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PricePreview>, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let facts = request::new_price(body).await?;
    actor.may_change(None)?;
    Ok(Json(effects::preview(state.database(), &facts).await?.into()))
}

#[utoipa::path(
    post,
    path = "/api/prices/apply",
    tag = "administration",
    description = "Puts the price into the book and corrects the calls that the preview showed, and those settled since. The \
        ledger's rows stay as they are: what changes is appended, and read with `cost=current`. It becomes visible as a \
        whole; a correction of very many calls answers 202 first, and goes on with each repetition and each minute. \
        Repeating the same preview is the same revision. Calls in flight follow within a minute of their settlement.",
    request_body = Correction,
    responses(
        (status = 200, description = "It is applied", body = PriceRevision),
        (status = 202, description = "It is being written and changes nothing yet", body = PriceRevision),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to a label", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "That is the price already, or another correction is still being written", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It would not change what the preview showed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid fields, or too many calls", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn apply_correction(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let (facts, preview) = request::correction(body).await?;
    Ok(answer(revisions::apply(state.database(), &facts, &preview, &actor).await?))
}

#[utoipa::path(
    get,
    path = "/api/prices/revisions",
    tag = "administration",
    params(
        ("limit" = Option<i64>, Query, description = "Rows of a page, at most 200; 50 where not given"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of corrections", body = PriceRevisionPage),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to a label", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid parameters", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_revisions(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    params: RawParams,
) -> Result<Json<PriceRevisionPage>, ApiError> {
    state.administrator(&headers, request_id).await?.may_change(None)?;
    let mut params = Params::new(params)?;
    let paging = params.paging();
    params.finish()?;
    let found = revisions::list(state.database(), paging.cursor, paging.fetch()).await?;
    let (data, next_cursor) = paging.page(found, |revision| revision.id.to_string(), PriceRevision::from);
    Ok(Json(PriceRevisionPage { data, next_cursor }))
}

#[utoipa::path(
    post,
    path = "/api/prices/revisions/{id}/undo",
    tag = "administration",
    description = "Appends the reverse of a correction and restores the price that it took the place of. Corrections that \
        changed the same calls are undone from the last on.",
    params(("id" = i64, Path, description = "The revision's id")),
    responses(
        (status = 200, description = "The revision that takes it back", body = PriceRevision),
        (status = 202, description = "It is being written and changes nothing yet", body = PriceRevision),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to a label", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such revision", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is undone already, still being written, or another builds upon it", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn undo_revision(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    actor.may_change(None)?;
    let id = id.parse().map_err(|_| ApiError::NotFound)?;
    Ok(answer(revisions::undo(state.database(), id, &actor).await?))
}

fn answer(revision: Revision) -> Response {
    let status = if revision.applied_at.is_some() { StatusCode::OK } else { StatusCode::ACCEPTED };
    (status, Json(PriceRevision::from(revision))).into_response()
}
