//! Accepts and serves connections, which a handler can reset.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::billing::BilledKind;
use crate::control;
use crate::endpoint::Endpoint;
use crate::endpoints::organization::{self, OrganizationReport};
use crate::endpoints::responses::{self, StoredAction};
use crate::endpoints::{models, moderations};
use crate::errors::{self, InvalidRequest};
use crate::exchange;
use crate::mock::Mock;
use crate::reset::ResetHandle;
use crate::{free, intake, reply};

pub(crate) fn router(mock: Arc<Mock>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(create_completion))
        .route("/v1/responses", post(create_response))
        .route("/v1/responses/compact", post(compact_response))
        .route("/v1/responses/input_tokens", post(count_input_tokens))
        .route("/v1/responses/{id}", get(retrieve_response).delete(delete_response))
        .route("/v1/responses/{id}/cancel", post(cancel_response))
        .route("/v1/responses/{id}/input_items", get(list_input_items))
        .route("/v1/completions", post(create_legacy_completion))
        .route("/v1/embeddings", post(create_embedding))
        .route("/v1/moderations", post(create_moderation))
        .route("/v1/models", get(list_models))
        .route("/v1/models/{*id}", get(find_model))
        .route("/v1/organization/usage/completions", get(list_completions_usage))
        .route("/v1/organization/usage/embeddings", get(list_embeddings_usage))
        .route("/v1/organization/costs", get(list_costs))
        .merge(control::routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .with_state(mock)
}

async fn create_completion(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Chat, request).await
}

async fn create_response(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Responses, request).await
}

async fn create_embedding(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Embeddings, request).await
}

async fn create_legacy_completion(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Completions, request).await
}

async fn compact_response(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    exchange::run(mock, Endpoint::Compact, request).await
}

async fn count_input_tokens(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let count = |_: &request::Parts, body: Value| {
        let history = mock.responses().history(&body);
        reply::json(200, &responses::count_input(&body, &history))
    };
    free::run(&mock, "responses/input_tokens", request, count).await
}

async fn create_moderation(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let moderate = |_: &request::Parts, body: Value| match moderations::answer(&body) {
        Ok(answer) => reply::json(200, &answer),
        Err(invalid) => invalid.response(),
    };
    free::run(&mock, "moderations", request, moderate).await
}

async fn retrieve_response(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    serve_stored(&mock, StoredAction::Retrieve, &id, request).await
}

async fn delete_response(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    serve_stored(&mock, StoredAction::Delete, &id, request).await
}

async fn cancel_response(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    serve_stored(&mock, StoredAction::Cancel, &id, request).await
}

async fn list_input_items(
    State(mock): State<Arc<Mock>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    serve_stored(&mock, StoredAction::ListInput, &id, request).await
}

async fn serve_stored(mock: &Mock, action: StoredAction, id: &str, request: Request) -> Response {
    free::run(mock, action.name(), request, |parts, _| responses::serve(mock, action, id, parts)).await
}

async fn list_models(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    respond_unmetered(&mock, request, || reply::json(200, &models::list())).await
}

async fn find_model(State(mock): State<Arc<Mock>>, Path(id): Path<String>, request: Request) -> Response {
    let found = || match models::find(&id) {
        Some(model) => reply::json(200, &model),
        None => InvalidRequest::model_not_found(&id).response(),
    };
    respond_unmetered(&mock, request, found).await
}

async fn list_completions_usage(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    organization::answer(mock, OrganizationReport::Usage(BilledKind::Completions), request).await
}

async fn list_embeddings_usage(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    organization::answer(mock, OrganizationReport::Usage(BilledKind::Embeddings), request).await
}

async fn list_costs(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    organization::answer(mock, OrganizationReport::Costs, request).await
}

async fn unknown_path(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let message = format!("Invalid URL ({} {})", request.method(), request.uri().path());
    let body = errors::object(&message, "invalid_request_error", None, None);
    respond_unmetered(&mock, request, || reply::json(404, &body)).await
}

async fn wrong_method(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let message = format!("Not allowed to {} on {}.", request.method(), request.uri().path());
    let body = errors::object(&message, "invalid_request_error", None, Some("method_not_supported"));
    respond_unmetered(&mock, request, || reply::json(405, &body)).await
}

/// Responds to requests that cost nothing: logged and authorised, but not counted.
async fn respond_unmetered(mock: &Mock, request: Request, respond: impl FnOnce() -> Response) -> Response {
    let started = std::time::Instant::now();
    let response = match intake::receive(mock, request).await {
        Ok((parts, _)) => match intake::authorise(mock, &parts.headers) {
            Ok(_) => respond(),
            Err(wrong) => wrong.response(),
        },
        Err(invalid) => invalid.response(),
    };
    reply::with_standard_headers(response, &Mock::next_id("req_"), started)
}

/// Runs until dropped, which closes every connection.
pub(crate) async fn serve(listener: TcpListener, mock: Arc<Mock>) {
    let router = router(mock);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // Accepting fails if the caller has disconnected, or briefly if descriptors run out.
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve_connection(stream, router.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, router: Router) {
    let _ = stream.set_nodelay(true);
    let reset = ResetHandle::default();
    let service = {
        let reset = reset.clone();
        service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(reset.clone());
            router.clone().oneshot(request.map(Body::new))
        })
    };
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = &mut connection => {}
        () = reset.requested() => {
            let stream = connection.into_parts().io.into_inner();
            // Zero linger turns closing into a reset.
            let _ = stream.set_zero_linger();
        }
    }
}

pub(crate) async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}
