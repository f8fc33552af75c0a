//! Calls to the provider: admit, call, meter, settle. Nothing is spawned: everything happens before the last byte of the
//! response.

mod buffered;
mod call;
mod caller;
mod config;
mod failure;
mod headers;
mod incoming;
mod llm_chat;
mod models;
mod openapi;
mod passthrough;
mod schema;
mod state;
mod stream;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

pub use config::Config;
pub use openapi::ApiDoc;
pub use state::{ChatState, StartError};

pub fn router(state: ChatState) -> Router {
    let openai = Router::new()
        .route("/v1/chat/completions", post(passthrough::create_completion))
        .route("/v1/responses", post(passthrough::create_response))
        .route("/v1/embeddings", post(passthrough::create_embedding))
        .route("/v1/models", get(models::list_models))
        .route("/v1/models/{model}", get(models::get_model))
        // Browsers may call `/v1` from any origin: there are no cookies, access needs the key in the request.
        .layer(
            CorsLayer::new()
                .allow_origin(Any)
                .allow_methods(Any)
                .allow_headers(AllowHeaders::mirror_request())
                .expose_headers(Any),
        );
    Router::new()
        .route("/api/llm/chat", post(llm_chat::create_chat))
        .merge(openai)
        .with_state(state)
        .layer(from_fn(web::finish))
}
