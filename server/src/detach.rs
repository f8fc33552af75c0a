//! Work that is finished even if its caller leaves. While the caller waits, it is polled in the caller's own task,
//! which saves a task and a switch between two. Once the caller drops it, it is moved to a task of its own.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt;

use crate::host::{InFlight, spawn};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future that runs to its end.
pub(crate) struct Detached<T: Send + 'static>(Option<Boxed<T>>);

impl<T: Send + 'static> Detached<T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(future)))
    }
}

impl<T: Send + 'static> Future for Detached<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(future) = &mut self.0 else { return Poll::Pending };
        let output = future.as_mut().poll(context);
        if output.is_ready() {
            self.0 = None;
        }
        output
    }
}

impl<T: Send + 'static> Drop for Detached<T> {
    fn drop(&mut self) {
        if let Some(future) = self.0.take() {
            spawn(future);
        }
    }
}

/// A body that is read to its end.
pub(crate) struct DetachedBody {
    pub(crate) body: Option<Body>,
    /// Until it is.
    pub(crate) in_flight: Option<InFlight>,
}

impl http_body::Body for DetachedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = Pin::new(body).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) {
            self.body = None;
            self.in_flight = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }
}

impl Drop for DetachedBody {
    fn drop(&mut self) {
        let Some(mut body) = self.body.take() else { return };
        let in_flight = self.in_flight.take();
        spawn(async move {
            while body.frame().await.is_some() {}
            drop(in_flight);
        });
    }
}
