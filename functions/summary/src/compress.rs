//! Compresses responses of known size, and refuses those that are too large to send.
//!
//! Only here, since this function streams: the bytes reach the caller as they are. A buffered integration takes them as
//! text, or as base64 for media types that the gateway lists as binary.

use std::io::Write;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt;
use web::{ApiError, FieldError};

/// Of a streamed response, Lambda slows down what exceeds this.
const MAX_SENT_BYTES: usize = 6 * 1024 * 1024;
/// Smaller bodies fit into one packet.
const MIN_COMPRESSED_BYTES: usize = 1024;
/// 29 ms for a series of 1.9 MB, 12 % larger than with level 6, which takes seven times as long.
const LEVEL: Compression = Compression::new(3);
const COMPRESSIBLE: [&str; 3] = ["application/json", "application/javascript", "text/"];

/// A middleware for `axum::middleware::from_fn`. Exports have no size: they pass as they are.
pub(crate) async fn compress(request: Request, next: Next) -> Response {
    let takes_gzip = accepts_gzip(request.headers());
    let response = next.run(request).await;
    if !is_compressible(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // It is in memory already, so collecting it cannot fail.
    let mut body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let size = body.len();
    if takes_gzip && size >= MIN_COMPRESSED_BYTES {
        body = gzip(&body);
        parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if body.len() > MAX_SENT_BYTES {
        return too_large(body.len(), takes_gzip).into_response();
    }
    parts.headers.entry(header::VARY).or_insert(HeaderValue::from_static("accept-encoding"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

fn is_compressible(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    response.status().is_success()
        && http_body::Body::size_hint(response.body()).exact().is_some()
        && kind.is_some_and(|kind| COMPRESSIBLE.iter().any(|prefix| kind.starts_with(prefix)))
        && !response.headers().contains_key(header::CONTENT_ENCODING)
}

/// Whether `Accept-Encoding` names gzip, or else any encoding, with a quality above 0.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut any = false;
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        for item in value.to_str().unwrap_or_default().split(',') {
            let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
            let quality = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
            let is_accepted = quality.is_ok_and(|quality| quality > 0.0);
            match name.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => return is_accepted,
                "*" => any = is_accepted,
                _ => {}
            }
        }
    }
    any
}

fn gzip(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), LEVEL);
    // Writing to memory cannot fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default().into()
}

fn too_large(size: usize, is_compressed: bool) -> ApiError {
    let (kind, advice) = if is_compressed {
        ("compressed", "")
    } else {
        ("uncompressed", ", or send 'Accept-Encoding: gzip'")
    };
    let size = size.div_ceil(1024 * 1024);
    ApiError::Validation(vec![FieldError::new(
        "measures",
        format!(
            "must name fewer measures: the {kind} response would have about {size} MB, more than 6; \
            or ask for a shorter range, a longer interval or fewer groups{advice}"
        ),
    )])
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use flate2::read::GzDecoder;
    use http::StatusCode;
    use tower::ServiceExt;

    use super::*;

    async fn answer(body: Vec<u8>, kind: &'static str, accept: &str) -> (StatusCode, HeaderMap, Bytes) {
        let handler = move || async move { ([(header::CONTENT_TYPE, kind)], body) };
        let router = Router::new().route("/", get(handler)).layer(from_fn(compress));
        let request = Request::get("/").header(header::ACCEPT_ENCODING, accept).body(Body::empty()).unwrap();
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
    }

    #[tokio::test]
    async fn only_what_the_caller_accepts_is_compressed() {
        let text = vec![b'7'; 5000];
        for (accept, is_gzip) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("deflate, *", true),
            ("*;q=0", false),
            ("gzip;q=0, *", false),
            ("gzip;q=0.000", false),
            ("gzip;q=high", false),
            ("br, identity", false),
            ("", false),
        ] {
            let (status, headers, body) = answer(text.clone(), "application/json", accept).await;
            assert_eq!(
                (status, headers.contains_key("content-encoding")),
                (StatusCode::OK, is_gzip),
                "{accept}"
            );
            assert_eq!(headers["vary"], "accept-encoding");
            let mut plain = Vec::new();
            if is_gzip {
                GzDecoder::new(&*body).read_to_end(&mut plain).unwrap();
            } else {
                plain.extend(&body);
            }
            assert_eq!(plain, text, "{accept}");
        }
    }

    #[tokio::test]
    async fn small_bodies_and_other_types_are_not_compressed() {
        for (size, kind) in [(1023, "application/json"), (5000, "image/png"), (5000, "application/x-ndjson")]
        {
            let (_, headers, body) = answer(vec![b'7'; size], kind, "gzip").await;
            assert_eq!((headers.get("content-encoding"), body.len()), (None, size), "{kind}");
        }
    }

    #[tokio::test]
    async fn large_responses_are_refused_unless_they_compress() {
        let large = vec![b'7'; MAX_SENT_BYTES + 1];
        assert_eq!(answer(large.clone(), "application/json", "gzip").await.0, StatusCode::OK);
        assert_eq!(answer(large[1..].to_vec(), "application/json", "").await.0, StatusCode::OK);
        assert_eq!(answer(large, "application/json", "").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
