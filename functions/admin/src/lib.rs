//! Keys, limits and prices, and the record of who changed them. Every route needs a key of scope `admin`.

mod answer;
mod audit;
mod body;
mod config;
mod keys;
mod limits;
mod openapi;
mod params;
mod prices;
mod read;
mod state;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{delete, get, post};

pub use config::Config;
pub use openapi::ApiDoc;
pub use state::{AdminState, StartError};

pub fn router(state: AdminState) -> Router {
    Router::new()
        .route("/api/keys", get(keys::list_keys).post(keys::create_key))
        .route("/api/keys/{id}", get(keys::get_key).patch(keys::change_key).delete(keys::revoke_key))
        .route("/api/keys/{id}/rotate", post(keys::rotate_key))
        .route("/api/limits/events", get(limits::events::list_events))
        .route("/api/limits", get(limits::list_limits).post(limits::create_limit))
        .route(
            "/api/limits/{id}",
            get(limits::get_limit).patch(limits::change_limit).delete(limits::delete_limit),
        )
        .route("/api/prices", get(prices::list_prices).post(prices::add_price))
        .route("/api/prices/preview", post(prices::revisions::preview_correction))
        .route("/api/prices/apply", post(prices::revisions::apply_correction))
        .route("/api/prices/revisions", get(prices::revisions::list_revisions))
        .route("/api/prices/revisions/{id}/undo", post(prices::revisions::undo_revision))
        .route("/api/prices/{id}", delete(prices::withdraw_price))
        .route("/api/audit", get(audit::list_audit))
        .with_state(state)
        .layer(from_fn(web::finish))
}
