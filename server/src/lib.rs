//! All functions in one process, for machines without AWS. Merges their routers and their OpenAPI documents, and runs
//! maintenance every minute.
//!
//! `src/main.rs` is the program of the container image; `dev/local` runs the same with the defaults of development.

mod config;
mod detach;
pub mod health;
pub mod host;
pub mod keys;
mod linger;
pub mod openapi;
mod serve;

use axum::Router;

pub use config::refuse_development_values;
pub use serve::{Settings, maintain, schedule, serve};

/// That of glibc takes a fifth of a call's processor time. Functions keep it, as this one takes 10 MB more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Every route of the API.
pub fn router(chat: chat::ChatState, summary: summary::SummaryState, admin: admin::AdminState) -> Router {
    // Each has `web::finish` around it. Paths that belong to none get the answer of the last one.
    Router::new().merge(chat::router(chat)).merge(summary::router(summary)).merge(admin::router(admin))
}
