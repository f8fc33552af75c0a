//! Serves a router over plain HTTP like Lambda: an invocation runs to its end even if its caller disconnects. hyper
//! drops the response of a disconnected caller; what is dropped goes on in a task of its own.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::detach::{Detached, DetachedBody};
use crate::linger::Lingering;

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

pub(crate) struct InFlight;

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
    let handled = async move {
        let (parts, body) = request.into_parts();
        // Lambda delivers complete bodies: a caller that disconnects while sending one starts no invocation.
        let request = Request::from_parts(parts, Body::new(Lingering::new(body)));
        let handled = AssertUnwindSafe(router.oneshot(request)).catch_unwind().await;
        let response = handled.unwrap_or_else(|_| Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response()));
        detach(response.unwrap_or_else(|never| match never {}), in_flight)
    };
    Ok(Detached::new(handled).await)
}

/// A response whose body is read to its end, with or without a reader. A body of known size is passed on as it is.
fn detach(response: Response, in_flight: InFlight) -> Response {
    let (parts, body) = response.into_parts();
    if http_body::Body::size_hint(&body).exact().is_some() {
        return Response::from_parts(parts, body);
    }
    let body = DetachedBody { body: Some(body), in_flight: Some(in_flight) };
    Response::from_parts(parts, Body::new(body))
}

#[expect(clippy::disallowed_methods, reason = "a host runs invocations; it is not a function")]
pub(crate) fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(future)
}
