//! A webhook receiver over real HTTP, which responds as configured and keeps what it received.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maintain::Maintain;
use ring::hmac;
use testkit::TestDb;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[derive(Clone, Copy)]
pub(crate) enum Reaction {
    Status(StatusCode),
    Redirect,
    Never,
}

pub(crate) const OK: Reaction = Reaction::Status(StatusCode::NO_CONTENT);

pub(crate) struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Received {
    pub(crate) fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    /// Verifies the signature as a receiver does.
    pub(crate) fn is_signed(&self) -> bool {
        let text = |name: &str| self.headers[name].to_str().unwrap();
        let signed = format!("{}.{}.{}", self.id(), text("webhook-timestamp"), self.body);
        let key =
            hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap());
        let tag = text("webhook-signature").strip_prefix("v1,").unwrap();
        hmac::verify(&key, signed.as_bytes(), &STANDARD.decode(tag).unwrap()).is_ok()
    }
}

pub(crate) type Shared = Arc<Mutex<(Reaction, Vec<Received>)>>;

pub(crate) struct Receiver {
    pub url: String,
    pub shared: Shared,
    _server: JoinSet<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let shared: Shared = Arc::new(Mutex::new((OK, Vec::new())));
        let router = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks/path-is-a-secret", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, _server: server }
    }

    pub(crate) fn react(&self, reaction: Reaction) {
        self.shared.lock().unwrap().0 = reaction;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        std::mem::take(&mut self.shared.lock().unwrap().1)
    }

    pub(crate) fn maintain(&self, db: &TestDb) -> Maintain {
        crate::with(db, &[("LIMIT_EVENTS_WEBHOOK_URL", &self.url), ("LIMIT_EVENTS_WEBHOOK_SECRET", SECRET)])
    }
}

async fn receive(State(shared): State<Shared>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let reaction = {
        let mut shared = shared.lock().unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        shared.1.push(Received { path: uri.path().to_owned(), headers, body });
        shared.0
    };
    match reaction {
        Reaction::Status(status) => status.into_response(),
        Reaction::Redirect => (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response(),
        Reaction::Never => std::future::pending().await,
    }
}
