//! The first steps for every request: log it and check its key.

use axum::body::Body;
use bytes::Bytes;
use http::{Request, request};

use crate::endpoint::Wire;
use crate::errors::{InvalidKey, InvalidRequest};
use crate::mock::{Mock, RecordedRequest};
use crate::prefix::Host;

/// Larger request bodies are refused.
const MAX_BODY: usize = 256 << 20;

/// What a server of one's own takes for a key.
const NO_KEY: &str = "none";

/// Reads the body and logs the request.
pub(crate) async fn receive(
    mock: &Mock,
    request: Request<Body>,
) -> Result<(request::Parts, Bytes), InvalidRequest> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY)
        .await
        .map_err(|_| InvalidRequest::new("The request body could not be read."))?;
    mock.record(RecordedRequest::new(&parts, &body));
    Ok((parts, body))
}

/// Returns the key, or an error if it is missing or invalid. A Tokenmeter key in any place was leaked by the gateway.
pub(crate) fn authorise(mock: &Mock, wire: Wire, parts: &request::Parts) -> Result<String, InvalidKey> {
    let header = |name: &str| Some(parts.headers.get(name)?.to_str().ok()?.trim());
    let bearer = header("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    let query = parts.uri.query().unwrap_or_default();
    let in_query = query.split('&').find_map(|pair| pair.strip_prefix("key="));
    let (plain, google) = (header("x-api-key"), header("x-goog-api-key"));
    let everywhere = [bearer, plain, google, header("api-key"), in_query];
    if let Some(leaked) = everywhere.into_iter().flatten().find(|key| key.starts_with("tm_")) {
        return Err(InvalidKey(Some(leaked.to_owned())));
    }
    let key = match wire {
        Wire::OpenAi => bearer,
        Wire::Anthropic => plain.or(bearer),
        Wire::Gemini => google.or(in_query).or(bearer),
        Wire::Bedrock => bearer.or_else(|| signed_by(parts)),
    };
    let is_elsewhere = parts.extensions.get::<Host>().is_some();
    let any = || everywhere.into_iter().flatten().find(|key| !key.is_empty()).or(Some(NO_KEY));
    let key = if is_elsewhere { key.or_else(any) } else { key };
    match key.filter(|key| !key.is_empty()) {
        None => Err(InvalidKey(None)),
        Some(key) if mock.accepts(key) => Ok(key.to_owned()),
        Some(key) => Err(InvalidKey(Some(key.to_owned()))),
    }
}

/// The id of the credentials that have signed a request for Bedrock. The signature itself is not checked.
fn signed_by(parts: &request::Parts) -> Option<&str> {
    let header = |name: &str| parts.headers.get(name)?.to_str().ok();
    let signature = header("authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
    header("x-amz-date")?;
    let field =
        |name: &str| signature.split(", ").find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
    let (id, scope) = field("Credential")?.split_once('/')?;
    let signs_host = field("SignedHeaders")?.split(';').any(|name| name == "host");
    let is_whole = signs_host && field("Signature")?.len() == 64 && scope.ends_with("/bedrock/aws4_request");
    is_whole.then_some(id)
}
