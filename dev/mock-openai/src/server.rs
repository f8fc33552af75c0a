//! Accepts connections and serves them; a connection can be reset from inside a handler.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::billing::Kind;
use crate::breaker::Breaker;
use crate::control;
use crate::endpoint::Endpoint;
use crate::endpoints::models;
use crate::endpoints::organization::{self, Figures};
use crate::errors::{self, Invalid};
use crate::exchange;
use crate::mock::Mock;
use crate::{intake, reply};

pub(crate) fn router(mock: Arc<Mock>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(create_completion))
        .route("/v1/responses", post(create_response))
        .route("/v1/embeddings", post(create_embedding))
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

async fn list_models(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    look_up(&mock, request, || reply::json(200, &models::list())).await
}

async fn find_model(State(mock): State<Arc<Mock>>, Path(id): Path<String>, request: Request) -> Response {
    let found = || match models::find(&id) {
        Some(model) => reply::json(200, &model),
        None => Invalid::model_not_found(&id).response(),
    };
    look_up(&mock, request, found).await
}

async fn list_completions_usage(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    organization::answer(mock, Figures::Usage(Kind::Completions), request).await
}

async fn list_embeddings_usage(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    organization::answer(mock, Figures::Usage(Kind::Embeddings), request).await
}

async fn list_costs(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    organization::answer(mock, Figures::Costs, request).await
}

async fn unknown_path(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let message = format!("Invalid URL ({} {})", request.method(), request.uri().path());
    let body = errors::object(&message, "invalid_request_error", None, None);
    look_up(&mock, request, || reply::json(404, &body)).await
}

async fn wrong_method(State(mock): State<Arc<Mock>>, request: Request) -> Response {
    let message = format!("Not allowed to {} on {}.", request.method(), request.uri().path());
    let body = errors::object(&message, "invalid_request_error", None, Some("method_not_supported"));
    look_up(&mock, request, || reply::json(405, &body)).await
}

/// Requests that cost nothing: logged and authorised, not counted.
async fn look_up(mock: &Mock, request: Request, answer: impl FnOnce() -> Response) -> Response {
    let started = std::time::Instant::now();
    let response = match intake::receive(mock, request).await {
        Ok((parts, _)) => match intake::authorise(mock, &parts.headers) {
            Ok(_) => answer(),
            Err(wrong) => wrong.response(),
        },
        Err(invalid) => invalid.response(),
    };
    reply::stamp(response, &mock.next_id("req_"), started)
}

/// Runs until it is dropped, which ends every connection at once.
pub(crate) async fn serve(listener: TcpListener, mock: Arc<Mock>) {
    let router = router(mock);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A failed accept is the caller's lost connection or a passing lack of descriptors.
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
    let breaker = Breaker::default();
    let service = {
        let breaker = breaker.clone();
        service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(breaker.clone());
            router.clone().oneshot(request.map(Body::new))
        })
    };
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = &mut connection => {}
        () = breaker.0.notified() => {
            let stream = connection.into_parts().io.into_inner();
            // Zero linger turns the close into a reset.
            let _ = stream.set_zero_linger();
        }
    }
}

pub(crate) async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}
