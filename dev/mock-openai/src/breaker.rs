//! Resets a connection from inside a handler.

use std::sync::Arc;

use tokio::sync::Notify;

/// Tells the task that owns the connection to reset it.
#[derive(Clone, Default)]
pub(crate) struct Breaker(pub(crate) Arc<Notify>);
