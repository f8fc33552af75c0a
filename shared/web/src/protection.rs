//! Headers that keep browsers from misusing a response: reading it as another type, framing it, or storing it.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::is_google_path;

/// Data: nothing in it is ever to be run or shown.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// Swagger UI: its own scripts, styles and images, and requests to this API.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
    form-action 'none'";

/// Adds the headers to a response of any path but those of the drop-in API, whose headers are the provider's.
pub(crate) fn protect(path: &str, headers: &mut HeaderMap) {
    if path == "/v1" || path.starts_with("/v1/") || is_google_path(path) {
        return;
    }
    let is_docs = path == "/docs" || path.starts_with("/docs/");
    let policy = if is_docs { DOCS_POLICY } else { DATA_POLICY };
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
