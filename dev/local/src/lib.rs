//! The only crate that uses several functions: it merges their routers and their OpenAPI documents.

pub mod host;
pub mod keys;
pub mod openapi;

use axum::Router;
use axum::middleware::from_fn;

/// Every route of the API.
pub fn router(chat: chat::ChatState, summary: summary::SummaryState, admin: admin::AdminState) -> Router {
    // The outer layer handles paths that belong to no function.
    Router::new()
        .merge(chat::router(chat))
        .merge(summary::router(summary))
        .merge(admin::router(admin))
        .layer(from_fn(web::finish))
}
