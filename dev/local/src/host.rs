//! Serves a router over plain HTTP the way Lambda does: an invocation runs to its end, whether or not its caller
//! is still there. hyper drops a response when its caller goes, so each request runs in a task of its own.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::ServiceExt;

/// Pieces of a response that a slow caller may fall behind before the function waits for it.
const BACKLOG: usize = 64;

static IN_FLIGHT: AtomicUsize = AtomicUsize::new(0);

/// Accepts connections for ever.
pub async fn serve(listener: TcpListener, router: Router) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors: others are freed meanwhile.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| invoke(router.clone(), request));
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            // A caller who goes away ends a connection, not an invocation.
            let _ = connection.await;
        });
    }
}

/// Waits for invocations in flight, at most `patience`.
pub async fn drain(patience: Duration) {
    let idle = async {
        while IN_FLIGHT.load(Ordering::Acquire) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _ = tokio::time::timeout(patience, idle).await;
}

struct InFlight;

impl InFlight {
    fn begin() -> Self {
        IN_FLIGHT.fetch_add(1, Ordering::AcqRel);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        IN_FLIGHT.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn invoke(router: Router, request: Request<Incoming>) -> Result<Response, Infallible> {
    let in_flight = InFlight::begin();
    let handled = spawn(async move {
        let (parts, body) = request.into_parts();
        // Lambda hands over whole bodies; a caller who goes away while sending one never got an invocation.
        let request = Request::from_parts(parts, Body::new(body));
        let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
        detach(response, in_flight)
    });
    Ok(handled.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
}

/// Drives a streamed body to its end in a task, with or without a reader. One that is there already stays as it is.
fn detach(response: Response, in_flight: InFlight) -> Response {
    let (parts, body) = response.into_parts();
    if http_body::Body::size_hint(&body).exact().is_some() {
        return Response::from_parts(parts, body);
    }
    let (sender, receiver) = mpsc::channel::<Result<bytes::Bytes, axum::Error>>(BACKLOG);
    spawn(async move {
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let _ = sender.send(piece).await;
        }
        drop(in_flight);
    });
    let pieces = futures_util::stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}

#[expect(clippy::disallowed_methods, reason = "a host runs invocations; it is no function")]
fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(future)
}
