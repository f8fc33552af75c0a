//! This function's part of the OpenAPI document.

use utoipa::OpenApi;

use crate::{audit, keys, limits, prices};

#[derive(OpenApi)]
#[openapi(paths(
    keys::list_keys,
    keys::create_key,
    keys::get_key,
    keys::change_key,
    keys::revoke_key,
    keys::rotate_key,
    limits::list_limits,
    limits::create_limit,
    limits::events::list_events,
    limits::get_limit,
    limits::change_limit,
    limits::delete_limit,
    prices::list_prices,
    prices::add_price,
    prices::withdraw_price,
    prices::revisions::preview_correction,
    prices::revisions::apply_correction,
    prices::revisions::list_revisions,
    prices::revisions::undo_revision,
    audit::list_audit,
))]
pub struct ApiDoc;
