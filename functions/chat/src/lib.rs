//! Calls to the provider: admit, call, meter, settle. Nothing is spawned: everything happens before the last byte of
//! the response.

mod agents;
mod buffered;
mod call;
mod caller;
mod config;
mod credentials;
mod failure;
mod fallback;
mod headers;
mod incoming;
mod llm_chat;
mod models;
mod passthrough;
mod route;
mod schema;
mod state;
mod stored;
mod stream;
mod unserved;
mod upstreams;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

pub use config::Config;
pub use state::{ChatState, StartError};

pub fn router(state: ChatState) -> Router {
    let served = openai_routes()
        .route("/v1/models/{model}/{*rest}", get(models::get_nested_model))
        .merge(models::more_gemini_routes())
        .merge(passthrough::more_gemini_routes())
        .merge(passthrough::more_bedrock_routes())
        .method_not_allowed_fallback(unserved::refuse_method)
        .merge(unserved::routes());
    // Below a prefix, the router around it answers browsers.
    let below_prefixes = served.clone().with_state(state.clone());
    let served = served.layer(any_origin()).merge(own_routes()).with_state(state.clone());
    route::with_prefixes(served, below_prefixes, state).layer(from_fn(web::finish))
}

/// Browsers may call the providers' paths from any origin: there are no cookies, access needs the key in the request.
fn any_origin() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(Any)
}

web::routes! {
    ChatState;
    fn openai_routes:
        passthrough::create_completion,
        passthrough::create_response,
        passthrough::create_embedding,
        passthrough::create_legacy_completion,
        passthrough::compact_response,
        passthrough::count_input_tokens,
        passthrough::create_moderation,
        passthrough::create_message,
        passthrough::count_message_tokens,
        stored::retrieve_response,
        stored::delete_response,
        stored::cancel_response,
        stored::list_input_items,
        models::list_models,
        models::get_model,
        models::list_gemini_models,
        models::get_gemini_model,
        passthrough::call_model,
        passthrough::converse,
        passthrough::converse_stream,
        passthrough::invoke_model,
        passthrough::invoke_model_stream,
        passthrough::count_bedrock_tokens;
    fn own_routes:
        llm_chat::create_chat;
}
