//! Accepts and serves connections, which a handler can reset.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::mock::Mock;
use crate::prefix;
use crate::reset::ResetHandle;
use crate::router::router;

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
            let router = router.clone();
            async move { router.oneshot(prefix::stripped(request.map(Body::new)).await).await }
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
