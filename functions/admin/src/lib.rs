//! Keys, limits, prices, fees, upstreams and model routes, and the audit log of their changes. Every route needs a key of
//! scope `admin`; those that read limits also take `usage:read`.

mod answer;
mod audit;
mod keys;
mod limits;
mod model_routes;
mod prices;
mod upstreams;

use axum::Router;
use axum::middleware::from_fn;

pub use web::{AppConfig as Config, AppState as AdminState, StartError};

pub fn router(state: AdminState) -> Router {
    routes().with_state(state).layer(from_fn(web::finish))
}

web::routes! {
    AdminState;
    fn routes:
        keys::list_keys, keys::create_key,
        keys::get_key, keys::change_key, keys::revoke_key,
        keys::rotate_key,
        limits::list_limits, limits::create_limit,
        limits::events::list_events,
        limits::windows::list_windows,
        limits::get_limit, limits::change_limit, limits::delete_limit,
        prices::list_prices, prices::add_price,
        prices::fees::list_fees, prices::fees::add_fee,
        prices::fees::remove_fee,
        prices::facts::list_model_facts,
        prices::withdraw_price,
        prices::revisions::preview_correction,
        prices::revisions::apply_correction,
        prices::revisions::list_revisions,
        prices::revisions::undo_revision,
        upstreams::list_upstreams, upstreams::create_upstream,
        upstreams::get_upstream, upstreams::change_upstream, upstreams::delete_upstream,
        model_routes::list_model_routes, model_routes::create_model_route,
        model_routes::get_model_route, model_routes::change_model_route, model_routes::delete_model_route,
        audit::list_audit;
}
