//! Who pays for a request: one of our keys, a provider key of the caller's own, or both.

use domain::calls::Wire;
use domain::keys::{Caller, KeyHash, KeyHasher, Scope};
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use upstream::ProviderKey;
use web::{ApiError, authenticate_key, bearer, parse_key, single_header};

use crate::incoming::IncomingRequest;
use crate::state::ChatState;

/// How our keys begin.
const OWN_PREFIX: &str = "tm_";
/// Our key beside a provider key of the caller's own.
const OWN_HEADER: &str = "X-Tokenmeter-Key";
/// Where clients put the key, beside `Authorization` and a query's `key`.
const KEY_HEADERS: [&str; 3] = ["X-Api-Key", "X-Goog-Api-Key", "Api-Key"];

pub(crate) struct Credentials {
    pub key: Option<KeyHash>,
    pub provider_key: Option<ProviderKey>,
}

impl Credentials {
    /// Each SDK has a place of its own for the key; some send it in several.
    pub(crate) fn of(request: &IncomingRequest, wire: Wire, state: &ChatState) -> Result<Self, ApiError> {
        let sent = SentKeys::of(&request.headers, request.query.as_deref())?;
        if wire == Wire::Bedrock && sent.is_empty() && is_signed(&request.headers) {
            return Err(ApiError::SignedRequest);
        }
        // A key of another company would be sent to the wrong one, so upstreams have keys of ours alone.
        let accepts_provider_keys = state.accepts_provider_keys() && request.upstream().is_none();
        sent.credentials(wire, state.hasher(), accepts_provider_keys)
    }

    /// The caller, whose key must have `scope`; `None` without a key of ours.
    pub(crate) async fn authenticate(
        &self,
        scope: Scope,
        state: &ChatState,
    ) -> Result<Option<Caller>, ApiError> {
        match self.key {
            Some(key) => authenticate_key(key, scope, state.database()).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Whether a request has a key of ours that is valid and has `scope`.
pub(crate) async fn has_valid_key(
    headers: &HeaderMap,
    query: Option<&str>,
    scope: Scope,
    state: &ChatState,
) -> bool {
    let sent = SentKeys::of(headers, query);
    let credentials = sent.and_then(|sent| sent.credentials(Wire::OpenAi, state.hasher(), false));
    let Ok(credentials) = credentials else { return false };
    credentials.authenticate(scope, state).await.is_ok_and(|caller| caller.is_some())
}

/// The keys of a request, by whose they are.
struct SentKeys {
    own: Vec<String>,
    /// Named by its own header, so every other key is the provider's.
    own_header: Option<String>,
    others: Vec<String>,
}

impl SentKeys {
    fn of(headers: &HeaderMap, query: Option<&str>) -> Result<Self, ApiError> {
        let mut all: Vec<String> = bearer(headers)?.map(str::to_owned).into_iter().collect();
        for name in KEY_HEADERS {
            all.extend(text(headers, name)?);
        }
        all.extend(query.and_then(key_in_query));
        let (own, others) = all.into_iter().partition(|key| key.starts_with(OWN_PREFIX));
        Ok(Self { own, own_header: text(headers, OWN_HEADER)?, others })
    }

    fn is_empty(&self) -> bool {
        self.own.is_empty() && self.own_header.is_none() && self.others.is_empty()
    }

    fn credentials(
        self,
        wire: Wire,
        hasher: &KeyHasher,
        accepts_provider_keys: bool,
    ) -> Result<Credentials, ApiError> {
        let mut own = self.own_header.iter().chain(&self.own);
        let Some(key) = own.next() else { return self.without_own(wire, accepts_provider_keys) };
        if own.any(|other| other != key) {
            return Err(ApiError::SeveralKeys);
        }
        let key = hasher.hash(&parse_key(key)?);
        // Beside our key in its usual place, others are placeholders that SDKs insist on.
        let provider_key = match self.own_header {
            Some(_) if accepts_provider_keys => provider_key(&self.others, wire)?,
            _ => None,
        };
        Ok(Credentials { key: Some(key), provider_key })
    }

    fn without_own(&self, wire: Wire, accepts_provider_keys: bool) -> Result<Credentials, ApiError> {
        if self.others.is_empty() {
            return Err(ApiError::KeyMissing);
        }
        if !accepts_provider_keys {
            return Err(ApiError::KeyInvalid);
        }
        let provider_key = provider_key(&self.others, wire)?.ok_or(ApiError::KeyInvalid)?;
        Ok(Credentials { key: None, provider_key: Some(provider_key) })
    }
}

/// Whether a client of AWS has signed the request. Its signature is for another host, so it is no use to anybody here.
fn is_signed(headers: &HeaderMap) -> bool {
    let value = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.starts_with("AWS4-"))
}

/// The one key that the provider knows.
fn provider_key(keys: &[String], wire: Wire) -> Result<Option<ProviderKey>, ApiError> {
    let prefixes: &[&str] = match wire {
        Wire::OpenAi => &["sk-"],
        Wire::Anthropic => &["sk-ant-"],
        Wire::Gemini => &["AIza", "AQ."],
        Wire::Bedrock => &["ABSK", "bedrock-api-key-"],
    };
    let mut keys = keys.iter().filter(|key| prefixes.iter().any(|prefix| key.starts_with(prefix)));
    let Some(key) = keys.next() else { return Ok(None) };
    if keys.any(|other| other != key) {
        return Err(ApiError::SeveralKeys);
    }
    ProviderKey::parse(key).map(Some).ok_or(ApiError::KeyInvalid)
}

/// A header with a text in it.
fn text(headers: &HeaderMap, name: &'static str) -> Result<Option<String>, ApiError> {
    let value = single_header(headers, name)?.and_then(|value| value.to_str().ok());
    Ok(value.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned))
}

fn key_in_query(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("key="))?;
    let key = percent_decode_str(value).decode_utf8().ok()?;
    Some(key.into_owned()).filter(|key| !key.is_empty())
}
