//! Connection resets, requested by a handler and performed by the connection's task.

use std::sync::Arc;

use tokio::sync::Notify;

/// Lets a handler reset the connection that it responds on.
#[derive(Clone, Default)]
pub(crate) struct ResetHandle(Arc<Notify>);

impl ResetHandle {
    pub(crate) fn reset(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn requested(&self) {
        self.0.notified().await;
    }
}
