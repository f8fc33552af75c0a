//! What is sent to the provider.

use std::time::Instant;

use bytes::Bytes;
use domain::calls::{Endpoint, Wire};
use http::{HeaderMap, HeaderName, Method};

use crate::ProviderKey;

/// One request to the provider, sent as often as retries allow.
pub struct UpstreamRequest<'a> {
    pub method: Method,
    /// Below the base URL, with a leading slash: `/chat/completions`.
    pub path: &'a str,
    /// Sent as they are, beside the key; see [`forwarded_headers`].
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The caller's own provider key, used in place of ours.
    pub key: Option<&'a ProviderKey>,
    pub deadline: Instant,
    /// The call this request serves, so that tokens reported by failed attempts are counted. `None` for requests that
    /// use no tokens.
    pub endpoint: Option<Endpoint>,
    /// Whether an attempt that used tokens may be repeated. A hard limit has reserved what one attempt can use.
    pub may_bill_retries: bool,
}

/// The caller's headers that are forwarded to the provider. Those that act within an account are forwarded only with
/// the caller's own key. With ours, organization and project would move the bill to another account, and the
/// idempotency keys of two callers could collide.
///
/// Anthropic's own are forwarded whatever their names: its clients pair new ones with new members of the body.
pub fn forwarded_headers(wire: Wire, from: &HeaderMap, with_callers_key: bool) -> HeaderMap {
    let is_forwarded = |name: &HeaderName| {
        let name = name.as_str();
        let is_common = name.starts_with("x-stainless-")
            || matches!(name, "accept" | "content-type" | "user-agent" | "x-client-request-id");
        is_common
            || match wire {
                Wire::Anthropic => name.starts_with("anthropic-"),
                // Another project to bill, with the caller's own key alone.
                Wire::Gemini if name == "x-goog-user-project" => with_callers_key,
                Wire::Gemini => {
                    matches!(
                        name,
                        "x-goog-api-client" | "x-server-timeout" | "x-gemini-api-privileged-user-id"
                    )
                }
                Wire::Bedrock => name.starts_with("x-amzn-bedrock-"),
                Wire::OpenAi if with_callers_key => {
                    matches!(
                        name,
                        "openai-beta" | "idempotency-key" | "openai-organization" | "openai-project"
                    )
                }
                Wire::OpenAi => name == "openai-beta",
            }
    };
    from.iter()
        .filter(|(name, _)| is_forwarded(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
