//! Keys, limits and prices, and the audit log of their changes. Every route needs a key of scope `admin`.

mod answer;
mod audit;
mod keys;
mod limits;
mod prices;

use axum::Router;
use axum::middleware::from_fn;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use web::{AppConfig as Config, AppState as AdminState, StartError};

pub fn router(state: AdminState) -> Router {
    let (router, _) = routes().split_for_parts();
    router.with_state(state).layer(from_fn(web::finish))
}

/// The OpenAPI document of these routes.
pub fn openapi() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<AdminState> {
    OpenApiRouter::default()
        .routes(routes!(keys::list_keys, keys::create_key))
        .routes(routes!(keys::get_key, keys::change_key, keys::revoke_key))
        .routes(routes!(keys::rotate_key))
        .routes(routes!(limits::list_limits, limits::create_limit))
        .routes(routes!(limits::events::list_events))
        .routes(routes!(limits::get_limit, limits::change_limit, limits::delete_limit))
        .routes(routes!(prices::list_prices, prices::add_price))
        .routes(routes!(prices::withdraw_price))
        .routes(routes!(prices::revisions::preview_correction))
        .routes(routes!(prices::revisions::apply_correction))
        .routes(routes!(prices::revisions::list_revisions))
        .routes(routes!(prices::revisions::undo_revision))
        .routes(routes!(audit::list_audit))
}
