//! Connections to the provider: kept alive, as long as it is likely to keep them, or new.

use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use platform::tls::Authorities;
use tower::{Layer, Service};

use crate::client::ClientError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Servers close a connection that has been idle for longer; 5 s is the shortest default of those in use (Node's
/// `http`, uvicorn). A function that was frozen learns of it too late, when its next request is on its way.
const SHORTEST_KEEP_ALIVE: Duration = Duration::from_secs(4);

/// The connections of all calls of a process.
#[derive(Clone)]
pub(crate) struct Connections {
    opened: OpenedConnections,
    authorities: Option<Authorities>,
    kept_alive: reqwest::Client,
    /// Made when they are first needed.
    recently_used: Arc<OnceLock<reqwest::Client>>,
    new_ones: Arc<OnceLock<reqwest::Client>>,
}

/// A way to send one request.
pub(crate) struct Connection<'a> {
    pub(crate) http: &'a reqwest::Client,
    /// Counts of opened connections, now and when the request was about to be sent.
    opened: &'a OpenedConnections,
    opened_before: u64,
    may_be_replaced: bool,
}

impl Connections {
    /// Trusts `authorities` besides the public ones.
    pub(crate) fn new(authorities: Option<Authorities>) -> Result<Self, ClientError> {
        let opened = OpenedConnections::default();
        Ok(Self {
            kept_alive: http_client(authorities.as_ref(), |builder| builder.connector_layer(opened.clone()))?,
            opened,
            authorities,
            recently_used: Arc::default(),
            new_ones: Arc::default(),
        })
    }

    /// A kept-alive connection if there is one, however long it was idle.
    pub(crate) fn kept_alive(&self) -> Connection<'_> {
        self.connection(&self.kept_alive, true)
    }

    /// For a request that must not be sent twice: a kept-alive connection only if the provider is likely to keep it
    /// too.
    pub(crate) fn recently_used(&self) -> Connection<'_> {
        let set = |builder: reqwest::ClientBuilder| builder.pool_idle_timeout(SHORTEST_KEEP_ALIVE);
        self.connection(self.recently_used.get_or_init(|| self.another(set)), false)
    }

    /// A connection that no other request has used.
    pub(crate) fn new_one(&self) -> Connection<'_> {
        let set = |builder: reqwest::ClientBuilder| builder.pool_max_idle_per_host(0);
        self.connection(self.new_ones.get_or_init(|| self.another(set)), false)
    }

    fn connection<'a>(&'a self, http: &'a reqwest::Client, may_be_replaced: bool) -> Connection<'a> {
        Connection { http, opened: &self.opened, opened_before: self.opened.count(), may_be_replaced }
    }

    fn another(&self, set: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> reqwest::Client {
        // Nothing else differs from the client that was made at start, so this cannot fail where that did not.
        http_client(self.authorities.as_ref(), set).unwrap_or_else(|_| self.kept_alive.clone())
    }
}

impl Connection<'_> {
    /// Whether a kept-alive connection was closed, nothing of a response was read, and the request may be sent again.
    pub(crate) fn was_closed_idle(&self, error: &reqwest::Error) -> bool {
        // If no connection was opened since, the request was sent over a kept-alive one.
        self.may_be_replaced && self.opened.count() == self.opened_before && is_closed_early(error)
    }
}

fn http_client(
    authorities: Option<&Authorities>,
    configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, ClientError> {
    let tls = platform::tls::client_config(false, authorities).map_err(ClientError::Tls)?;
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT);
    configure(builder).build().map_err(ClientError::Http)
}

/// Counts the connections that a client opens.
#[derive(Clone, Default)]
struct OpenedConnections(Arc<AtomicU64>);

impl OpenedConnections {
    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<S> Layer<S> for OpenedConnections {
    type Service = CountingConnector<S>;

    fn layer(&self, connector: S) -> CountingConnector<S> {
        CountingConnector { connector, opened: self.clone() }
    }
}

#[derive(Clone)]
struct CountingConnector<S> {
    connector: S,
    opened: OpenedConnections,
}

impl<S: Service<R>, R> Service<R> for CountingConnector<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.opened.0.fetch_add(1, Ordering::Relaxed);
        self.connector.call(request)
    }
}

fn is_closed_early(error: &reqwest::Error) -> bool {
    error.is_request() && has_closed(error.source())
}

fn has_closed(cause: Option<&(dyn Error + 'static)>) -> bool {
    cause.is_some_and(|cause| is_closed(cause) || has_closed(cause.source()))
}

fn is_closed(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return error.is_incomplete_message() || error.is_closed() || error.is_canceled();
    }
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(
        kind,
        Some(io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted)
    )
}
