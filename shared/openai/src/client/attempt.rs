//! One attempt to send a request, over a kept-alive connection or a new one.

use http::{HeaderValue, StatusCode, header};
use tokio::time::timeout_at;

use super::{Attempt, CONNECT_TIMEOUT, Client, ClientError};
use crate::ProviderKey;
use crate::connection::is_closed_early;
use crate::decode::Decoder;
use crate::redact::Redactor;
use crate::request::UpstreamRequest;
use crate::response::{Body, IncomingBody, UpstreamFailureKind, read_whole};

/// What a call does at most once, apart from its retries.
pub(super) struct Repeats {
    pub(super) was_reread: bool,
    pub(super) is_new_connection: bool,
}

/// An attempt without a response.
struct AttemptFailure {
    kind: UpstreamFailureKind,
    /// A kept-alive connection was closed before anything of a response was read.
    is_stale: bool,
}

impl Client {
    /// `None` if the attempt has to be repeated at once: with the key that the secret holds by now, or over a new
    /// connection.
    pub(super) async fn attempt_or_repeat(
        &self,
        request: &UpstreamRequest<'_>,
        repeats: &mut Repeats,
    ) -> Option<Result<Attempt, UpstreamFailureKind>> {
        let key = match request.key {
            Some(key) => Some(key.clone()),
            None => self.own_key.current_or_reread(&mut repeats.was_reread).await,
        };
        let Some(key) = key else { return Some(Err(UpstreamFailureKind::NoKey)) };
        match self.attempt(request, &key, repeats.is_new_connection).await {
            Ok((StatusCode::UNAUTHORIZED, ..))
                if !std::mem::replace(&mut repeats.was_reread, true)
                    && self.own_key.has_other(Some(&key)).await =>
            {
                None
            }
            // The provider closed an idle connection and never read the request.
            Err(AttemptFailure { is_stale: true, .. })
                if !std::mem::replace(&mut repeats.is_new_connection, true) =>
            {
                None
            }
            outcome => Some(outcome.map_err(|failure| failure.kind)),
        }
    }

    async fn attempt(
        &self,
        request: &UpstreamRequest<'_>,
        key: &ProviderKey,
        is_new_connection: bool,
    ) -> Result<Attempt, AttemptFailure> {
        let failure = |kind| AttemptFailure { kind, is_stale: false };
        let opened = self.opened.count();
        let http = if is_new_connection { self.unpooled() } else { &self.http };
        let sent = http
            .request(request.method.clone(), format!("{}{}", self.base_url, request.path))
            .headers(request.headers.clone())
            .header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            .header(header::AUTHORIZATION, key.authorization())
            .body(request.body.clone());
        let sent = timeout_at(request.deadline.into(), sent.send());
        let response = match sent.await.map_err(|_| failure(UpstreamFailureKind::Timeout))? {
            Ok(response) => response,
            Err(error) => {
                // If no connection was opened since, this request was sent over a kept-alive one.
                let is_kept_alive = !is_new_connection && self.opened.count() == opened;
                let is_stale = is_kept_alive && is_closed_early(&error);
                return Err(AttemptFailure { kind: UpstreamFailureKind::of_send(error), is_stale });
            }
        };
        let (status, mut headers) = (response.status(), response.headers().clone());
        let redactor = Redactor::new(key);
        redactor.redact_headers(&mut headers);
        let body = IncomingBody::new(response, Decoder::of(&mut headers), redactor);
        let body = if status.is_success() {
            Body::Incoming(Box::new(body))
        } else {
            // The status alone says what became of the request, so an error body that breaks off is not a failure.
            Body::Buffered(read_whole(body, request.deadline).await.unwrap_or_default())
        };
        Ok((status, headers, body))
    }

    fn unpooled(&self) -> &reqwest::Client {
        // Nothing differs from the client that was made at start, so this cannot fail where that did not.
        self.unpooled.get_or_init(|| {
            http_client(|builder| builder.pool_max_idle_per_host(0)).unwrap_or_else(|_| self.http.clone())
        })
    }
}

pub(super) fn http_client(
    configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, ClientError> {
    let tls = platform::tls::client_config(false).map_err(ClientError::Tls)?;
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT);
    configure(builder).build().map_err(ClientError::Http)
}
