//! Serves a router over plain HTTP like Lambda: an invocation runs to its end even if its caller disconnects. hyper
//! drops the response of a disconnected caller, so each request runs in its own task.

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

use crate::linger::Lingering;

/// How many chunks a slow caller may lag behind before the function waits.
const BACKLOG: usize = 64;

static IN_FLIGHT: AtomicUsize = AtomicUsize::new(0);

/// Accepts connections until dropped.
pub async fn serve(listener: TcpListener, router: Router) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors; wait until some are closed.
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
            // A disconnecting caller ends the connection, not the invocation.
            let _ = connection.await;
        });
    }
}

/// Waits for invocations in flight, at most `timeout`.
pub async fn drain(timeout: Duration) {
    let idle = async {
        while IN_FLIGHT.load(Ordering::Acquire) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _ = tokio::time::timeout(timeout, idle).await;
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
        // Lambda delivers complete bodies: a caller that disconnects while sending one starts no invocation.
        let request = Request::from_parts(parts, Body::new(Lingering::new(body)));
        let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
        detach(response, in_flight)
    });
    Ok(handled.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
}

/// Drives a streamed body to its end in a task, with or without a reader. A body of known size is passed on as it is.
fn detach(response: Response, in_flight: InFlight) -> Response {
    let (parts, body) = response.into_parts();
    if http_body::Body::size_hint(&body).exact().is_some() {
        return Response::from_parts(parts, body);
    }
    let (sender, receiver) = mpsc::channel::<Result<bytes::Bytes, axum::Error>>(BACKLOG);
    spawn(async move {
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let _ = sender.send(chunk).await;
        }
        drop(in_flight);
    });
    let chunks = futures_util::stream::unfold(receiver, async |mut receiver| {
        let chunk = receiver.recv().await?;
        Some((chunk, receiver))
    });
    Response::from_parts(parts, Body::from_stream(chunks))
}

#[expect(clippy::disallowed_methods, reason = "a host runs invocations; it is not a function")]
pub(crate) fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(future)
}
