//! One attempt to send a request, over a kept-alive connection or a new one.

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use platform::aws::{Signer, sign_request};
use tokio::time::timeout_at;

use super::{Attempt, Client};
use crate::ProviderKey;
use crate::decode::Decoder;
use crate::key::Auth;
use crate::redact::Redactor;
use crate::request::UpstreamRequest;
use crate::response::{Body, IncomingBody, UpstreamFailureKind, read_whole};
use crate::wire::UpstreamError;

/// What a call does at most once, apart from its retries.
pub(super) struct Repeats {
    pub(super) was_reread: bool,
    pub(super) is_new_connection: bool,
}

/// An attempt without a response.
struct AttemptFailure {
    kind: UpstreamFailureKind,
    /// A kept-alive connection was closed before anything of a response was read, and the request may be sent again.
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
        let outcome = self.attempt(request, &key, repeats.is_new_connection).await;
        let is_rejected = matches!(&outcome, Ok((status, _, body)) if rejects_key(*status, body));
        match outcome {
            Ok(_)
                if is_rejected
                    && !std::mem::replace(&mut repeats.was_reread, true)
                    && self.own_key.has_other(Some(&key)).await =>
            {
                None
            }
            // Most likely the provider had closed an idle connection and never read the request.
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
        let connection = if is_new_connection {
            self.connections.new_one()
        } else if request.may_bill_retries {
            self.connections.kept_alive()
        } else {
            self.connections.recently_used()
        };
        let url = format!("{}{}", self.base_url, request.path);
        let method = request.method.clone();
        let sent = match self.last_url.parse(&url) {
            Some(parsed) => connection.http.request(method, parsed),
            // Fails as it is sent, with the reason.
            None => connection.http.request(method, &url),
        };
        let sent = sent
            .headers(request.headers.clone())
            .header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            .body(request.body.clone());
        let signer = match self.auth {
            // The caller's own key is one for `Authorization`, wherever ours would be.
            _ if request.key.is_some() => None,
            Auth::SigV4 => Some(Signer::Platform),
            Auth::AccessKey => Some(Signer::AccessKey(key.expose_secret())),
            _ => None,
        };
        let sent = if let Some(signer) = signer {
            let headers = self.signature(signer, request, &url);
            sent.headers(headers.ok_or_else(|| failure(UpstreamFailureKind::NoKey))?)
        } else {
            let is_signed = matches!(self.auth, Auth::SigV4 | Auth::AccessKey);
            match key.header(if is_signed { Auth::Bearer } else { self.auth }) {
                Some((name, value)) => sent.header(name, value),
                None => sent,
            }
        };
        let sent = timeout_at(request.deadline.into(), sent.send());
        let mut response = match sent.await.map_err(|_| failure(UpstreamFailureKind::Timeout))? {
            Ok(response) => response,
            Err(error) => {
                let is_stale = connection.was_closed_idle(&error);
                return Err(AttemptFailure { kind: UpstreamFailureKind::of_send(error), is_stale });
            }
        };
        let (status, mut headers) = (response.status(), std::mem::take(response.headers_mut()));
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
}

impl Client {
    /// The headers that sign a request of now for Bedrock; `None` without a region or credentials.
    fn signature(&self, signer: Signer<'_>, request: &UpstreamRequest<'_>, url: &str) -> Option<HeaderMap> {
        let request = (request.method.as_str(), url, &request.body[..]);
        match sign_request(signer, request, ("bedrock", self.region.as_deref()?), SystemTime::now()) {
            Ok(headers) => Some(headers),
            Err(error) => {
                tracing::error!(%error, "The request to Bedrock cannot be signed.");
                None
            }
        }
    }
}

/// Whether the provider does not know the key.
fn rejects_key(status: StatusCode, body: &Body) -> bool {
    let is_named = || {
        body.buffered().and_then(|body| UpstreamError::of_body(body)).is_some_and(|error| error.rejects_key())
    };
    let may_say_so = status == StatusCode::BAD_REQUEST || status == StatusCode::FORBIDDEN;
    status == StatusCode::UNAUTHORIZED || may_say_so && is_named()
}
