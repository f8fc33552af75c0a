//! `/api/keys`: who may call.

mod request;
mod secret;
mod view;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use domain::ids::{KeyId, RequestId};
use domain::keys::{Key, KeyFilter, Scope};
use http::{HeaderMap, StatusCode};
use ledger::keys::changes;
use ledger::keys::details;
use web::{ApiError, Problem};

use self::request::{KeyChanges, NewApiKey, Rotation};
use self::view::{ApiKey, ApiKeyPage, IssuedKey};
use crate::answer::{if_match, versioned, with_version};
use crate::params::{Params, RawParams};
use crate::read;
use crate::state::AdminState;

const STATUSES: [&str; 3] = ["active", "expired", "revoked"];

#[utoipa::path(
    get,
    path = "/api/keys",
    tag = "administration",
    description = "All keys, newest first. A key bound to a label sees those of its label.",
    params(
        ("user_label" = Option<String>, Query, description = "Only keys bound to this label"),
        ("scope" = Option<String>, Query, description = "Only keys with this scope: `chat`, `usage:read` or `admin`"),
        ("status" = Option<String>, Query, description = "`active`, `expired` or `revoked`"),
        ("name" = Option<String>, Query, description = "Part of the name, in whatever case"),
        ("limit" = Option<i64>, Query, description = "Rows of a page, at most 200; 50 where not given"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of keys", body = ApiKeyPage),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid parameters", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn list_keys(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    params: RawParams,
) -> Result<Json<ApiKeyPage>, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let mut params = Params::new(params)?;
    let mut filter = KeyFilter {
        user_label: params.take("user_label", read::needle),
        scope: params.take("scope", |text| read::word(text, Scope::ALL, Scope::as_str)),
        status: params.take("status", |text| read::word(text, &STATUSES, |status| status).map(str::to_owned)),
        name: params.take("name", read::needle),
    };
    let paging = params.paging();
    params.finish()?;
    if let Some(label) = filter.user_label.as_deref().or(actor.user_label.as_deref()) {
        actor.may_change(Some(label))?;
        filter.user_label = Some(label.to_owned());
    }
    let keys = details::list(state.database(), &filter, paging.cursor, paging.fetch()).await?;
    let (data, next_cursor) = paging.page(keys, |key| key.id.to_string(), ApiKey::from);
    Ok(Json(ApiKeyPage { data, next_cursor }))
}

#[utoipa::path(
    post,
    path = "/api/keys",
    tag = "administration",
    description = "Makes a key. Its secret is in this answer and nowhere else. With an `Idempotency-Key` the same \
        request is answered with the same secret as often as it is sent.",
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of up to 255 characters, for one request")),
    request_body = NewApiKey,
    responses(
        (status = 201, description = "The key with its secret", body = IssuedKey),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The Idempotency-Key came with another request", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid fields", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create_key(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let facts = request::new_key(body, actor.user_label.as_deref()).await?;
    let secret = secret::for_new_key(&headers, &actor, &facts, state.hasher())?;
    let issued = changes::create(state.database(), &facts, &secret.stored(), &actor).await?;
    Ok(IssuedKey::answer(StatusCode::CREATED, issued, secret.reveal()))
}

#[utoipa::path(
    get,
    path = "/api/keys/{id}",
    tag = "administration",
    params(("id" = String, Path, description = "`key_…`")),
    responses(
        (status = 200, description = "The key; its version is in `ETag`", body = ApiKey),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such key", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_key(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let key = details::find(state.database(), parse_id(&id)?).await?.ok_or(ApiError::NotFound)?;
    actor.may_change(key.facts.user_label.as_deref())?;
    Ok(answer(key))
}

#[utoipa::path(
    patch,
    path = "/api/keys/{id}",
    tag = "administration",
    description = "Changes what is named, from the next call on. With `If-Match`, only the version it names.",
    params(
        ("id" = String, Path, description = "`key_…`"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that the change was made from"),
    ),
    request_body = KeyChanges,
    responses(
        (status = 200, description = "The key as it is now", body = ApiKey),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such key", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key is revoked, or nobody else may administrate everything", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid fields", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn change_key(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let id = parse_id(&id)?;
    let change = request::key_change(body).await?;
    let key = changes::change(state.database(), id, &change, &if_match(&headers), &actor).await?;
    Ok(answer(key))
}

#[utoipa::path(
    delete,
    path = "/api/keys/{id}",
    tag = "administration",
    description = "Revokes a key, for good and from the next call on. Calls in flight are settled, and its history stays.",
    params(
        ("id" = String, Path, description = "`key_…`"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that the change was made from"),
    ),
    responses(
        (status = 204, description = "The key is revoked, now or before"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such key", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nobody else may administrate everything", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn revoke_key(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let key = changes::revoke(state.database(), parse_id(&id)?, &if_match(&headers), &actor).await?;
    Ok(with_version(key.version, StatusCode::NO_CONTENT.into_response()))
}

#[utoipa::path(
    post,
    path = "/api/keys/{id}/rotate",
    tag = "administration",
    description = "Gives a key a new secret, which is in this answer and nowhere else. The old ones work until the grace \
        ends; without a grace they stop at once. With an `Idempotency-Key` the same request is answered with the same \
        secret for as long as that is valid.",
    params(
        ("id" = String, Path, description = "`key_…`"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that the change was made from"),
        ("Idempotency-Key" = Option<String>, Header, description = "Any text of up to 255 characters, for one request"),
    ),
    request_body = Rotation,
    responses(
        (status = 200, description = "The key with its new secret", body = IssuedKey),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `admin`, or is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such key", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key is revoked, or the Idempotency-Key came with another request", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid fields", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn rotate_key(
    State(state): State<AdminState>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, ApiError> {
    let actor = state.administrator(&headers, request_id).await?;
    let id = parse_id(&id)?;
    let grace_seconds = request::grace_seconds(body).await?;
    let secret = secret::for_rotation(&headers, &actor, id, grace_seconds, state.hasher())?;
    let from = if_match(&headers);
    let issued =
        changes::rotate(state.database(), id, &secret.stored(), grace_seconds, &from, &actor).await?;
    Ok(IssuedKey::answer(StatusCode::OK, issued, secret.reveal()))
}

/// Text that cannot be an id is the id of nothing.
fn parse_id(text: &str) -> Result<KeyId, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound)
}

fn answer(key: Key) -> Response {
    versioned(StatusCode::OK, key.version, ApiKey::from(key))
}
