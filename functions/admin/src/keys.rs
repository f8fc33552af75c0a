//! `/api/keys`: who may call.

mod request;
mod secret;
mod view;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::ids::KeyId;
use domain::keys::Key;
use http::StatusCode;
use ledger::keys::{changes, details};
use web::responses::{
    BadBody, Forbidden, Invalid, NotFound, PROBLEM_JSON, Stale, Unauthenticated, Unavailable,
};
use web::{Administrator, ApiError, PageParams, PathId, Problem, QueryParams, RequestBody};

use self::request::{KeyChanges, KeyParams, NewApiKey, Rotation};
use self::view::{ApiKey, ApiKeyPage, IssuedKey};
use crate::AdminState;
use crate::answer::{IdempotencyKey, IfMatch, versioned, with_version};

#[utoipa::path(
    get,
    path = "/api/keys",
    tag = "administration",
    description = "All keys, newest first. A key bound to a label sees the keys of its label.",
    params(KeyParams, PageParams<KeyId>),
    responses((status = 200, description = "A page of keys", body = ApiKeyPage), Unauthenticated, Unavailable, Forbidden, Invalid),
    security(("key" = [])),
)]
pub(crate) async fn list_keys(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    QueryParams((params, page)): QueryParams<(KeyParams, PageParams<KeyId>)>,
) -> Result<Json<ApiKeyPage>, ApiError> {
    let mut filter = params.into_filter();
    if let Some(label) = filter.user_label.as_deref().or(actor.user_label.as_deref()) {
        actor.may_change(Some(label))?;
        filter.user_label = Some(label.to_owned());
    }
    let keys = details::list(state.database(), &filter, page.cursor(), page.fetch()).await?;
    let (data, next_cursor) = page.page(keys, |key| key.id.to_string(), ApiKey::from);
    Ok(Json(ApiKeyPage { data, next_cursor }))
}

#[utoipa::path(
    post,
    path = "/api/keys",
    tag = "administration",
    description = "Creates a key. Its secret is in this response and nowhere else. Repeating the request with the same \
        `Idempotency-Key` returns the same secret. An administrator whose key is bound to a label grants no more than \
        that key has: its label, its models, its expiry.",
    params(IdempotencyKey),
    request_body = NewApiKey,
    responses(
        (status = 201, description = "The key with its secret", body = IssuedKey),
        BadBody, Unauthenticated, Unavailable, Forbidden, Invalid,
        (status = 409, description = "The Idempotency-Key was used for another request", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn create_key(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    idempotency_key: IdempotencyKey,
    RequestBody(new): RequestBody<NewApiKey>,
) -> Result<Response, ApiError> {
    let facts = new.into_facts(&actor);
    let secret = secret::for_new_key(&idempotency_key, &actor, &facts, state.hasher())?;
    let issued = changes::create(state.database(), &facts, &secret.stored(), &actor).await?;
    Ok(IssuedKey::answer(StatusCode::CREATED, issued, secret.reveal()))
}

#[utoipa::path(
    get,
    path = "/api/keys/{id}",
    tag = "administration",
    params(("id" = String, Path, description = "`key_…`", pattern = "^key_[0-9a-f]{32}$")),
    responses(
        (status = 200, description = "The key; its version is in `ETag`", body = ApiKey),
        Unauthenticated, Unavailable, Forbidden, NotFound,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_key(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<KeyId>,
) -> Result<Response, ApiError> {
    let key = details::find(state.database(), id).await?.ok_or(ApiError::NotFound)?;
    actor.must_see(key.facts.user_label.as_deref())?;
    Ok(answer(key))
}

#[utoipa::path(
    patch,
    path = "/api/keys/{id}",
    tag = "administration",
    description = "Changes the fields that the body has, from the next call on. With `If-Match`, only the version it names. \
        The label of a key is fixed. A bound administrator changes neither its own key nor one that may do more.",
    params(("id" = String, Path, description = "`key_…`", pattern = "^key_[0-9a-f]{32}$"), IfMatch),
    request_body = KeyChanges,
    responses(
        (status = 200, description = "The key after the change", body = ApiKey),
        BadBody, Unauthenticated, Unavailable, Forbidden, NotFound, Stale, Invalid,
        (status = 409, description = "The key is revoked, or is the last unrestricted admin key", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn change_key(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<KeyId>,
    IfMatch(precondition): IfMatch,
    RequestBody(changes): RequestBody<KeyChanges>,
) -> Result<Response, ApiError> {
    let change = changes.into_change();
    let key = changes::change(state.database(), id, &change, &precondition, &actor).await?;
    Ok(answer(key))
}

#[utoipa::path(
    delete,
    path = "/api/keys/{id}",
    tag = "administration",
    description = "Revokes a key permanently, from the next call on. Calls in flight are settled, and its history stays.",
    params(("id" = String, Path, description = "`key_…`", pattern = "^key_[0-9a-f]{32}$"), IfMatch),
    responses(
        (status = 204, description = "The key is revoked, now or earlier"),
        Unauthenticated, Unavailable, Forbidden, NotFound, Stale,
        (status = 409, description = "This is the last unrestricted admin key", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn revoke_key(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<KeyId>,
    IfMatch(precondition): IfMatch,
) -> Result<Response, ApiError> {
    let key = changes::revoke(state.database(), id, &precondition, &actor).await?;
    Ok(with_version(key.version, StatusCode::NO_CONTENT.into_response()))
}

#[utoipa::path(
    post,
    path = "/api/keys/{id}/rotate",
    tag = "administration",
    description = "Gives a key a new secret, which is in this response and nowhere else. The old secret works until the \
        grace period ends; without one it stops at once. A key has two valid secrets at most, so any older one stops. \
        The last unrestricted admin key needs a grace period of at least 60 seconds. Repeating the request with the same `Idempotency-Key` returns \
        the same secret as long as that is valid.",
    params(("id" = String, Path, description = "`key_…`", pattern = "^key_[0-9a-f]{32}$"), IfMatch, IdempotencyKey),
    request_body = Rotation,
    responses(
        (status = 200, description = "The key with its new secret", body = IssuedKey),
        BadBody, Unauthenticated, Unavailable, Forbidden, NotFound, Stale, Invalid,
        (status = 409, description = "The key is revoked, or the Idempotency-Key was used for another request", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(("key" = [])),
)]
pub(crate) async fn rotate_key(
    State(state): State<AdminState>,
    Administrator(actor): Administrator,
    PathId(id): PathId<KeyId>,
    IfMatch(precondition): IfMatch,
    idempotency_key: IdempotencyKey,
    RequestBody(rotation): RequestBody<Rotation>,
) -> Result<Response, ApiError> {
    let grace = rotation.grace_seconds();
    let secret = secret::for_rotation(&idempotency_key, &actor, id, grace, state.hasher())?;
    let issued =
        changes::rotate(state.database(), id, &secret.stored(), grace, &precondition, &actor).await?;
    Ok(IssuedKey::answer(StatusCode::OK, issued, secret.reveal()))
}

fn answer(key: Key) -> Response {
    versioned(StatusCode::OK, key.version, ApiKey::from(key))
}
