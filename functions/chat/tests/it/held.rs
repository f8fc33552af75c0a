//! A provider that answers no request until the test lets it.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

const COMPLETION: &str = r#"{"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#;

pub(crate) struct HeldProvider {
    pub base_url: String,
    /// How many requests have come.
    pub arrived: Arc<watch::Sender<usize>>,
    is_released: watch::Sender<bool>,
    _server: JoinSet<()>,
}

impl HeldProvider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let arrived = Arc::new(watch::Sender::new(0));
        let is_released = watch::Sender::new(false);
        let (arriving, releasing) = (Arc::clone(&arrived), is_released.clone());
        let answer = async move || {
            arriving.send_modify(|arrived| *arrived += 1);
            releasing.subscribe().wait_for(|is_released| *is_released).await.expect("a sender");
            ([(header::CONTENT_TYPE, "application/json")], COMPLETION)
        };
        let router = Router::new().route("/v1/chat/completions", post(answer));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { base_url, arrived, is_released, _server: server }
    }

    /// Answers all requests, those that come later too.
    pub(crate) fn release(&self) {
        self.is_released.send_replace(true);
    }
}
