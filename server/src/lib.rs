//! All functions in one process, for machines without AWS. Merges their routers and their OpenAPI documents, and runs
//! maintenance every minute.
//!
//! `src/main.rs` is the program of the container image; `dev/local` runs the same with the defaults of development.

mod config;
pub mod health;
pub mod host;
pub mod keys;
mod linger;
pub mod openapi;
mod serve;

use axum::Router;
use axum::middleware::from_fn;

pub use config::refuse_development_values;
pub use serve::{Settings, maintain, schedule, serve};

/// Every route of the API.
pub fn router(chat: chat::ChatState, summary: summary::SummaryState, admin: admin::AdminState) -> Router {
    // The outer layer handles paths that belong to no function.
    Router::new()
        .merge(chat::router(chat))
        .merge(summary::router(summary))
        .merge(admin::router(admin))
        .layer(from_fn(web::finish))
}
