//! Request bodies: read whole, up to the size that a Lambda event can carry, and decompressed.

use std::io::Read;

use axum::body::Body;
use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::ApiError;

/// 6 MB, Lambda's own bound on an event.
pub const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;

const GZIP_MAGIC: &[u8] = b"\x1f\x8b";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The body as its sender wrote it: a gzip encoding is undone, and a byte order mark is skipped.
///
/// API Gateway decompresses gzip bodies on its own and leaves the `Content-Encoding` header: a body that does not begin
/// like gzip is already decompressed. No JSON begins like gzip.
pub async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, ApiError> {
    let is_gzip = is_gzip(headers)?;
    let body = match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(ApiError::BodyTooLarge),
        Err(_) => return Err(ApiError::BodyIncomplete),
    };
    let mut body = if is_gzip && body.starts_with(GZIP_MAGIC) { decompress(&body)? } else { body };
    if body.starts_with(BYTE_ORDER_MARK) {
        body = body.slice(BYTE_ORDER_MARK.len()..);
    }
    Ok(body)
}

/// Whether the body is compressed with gzip. An error for every other encoding.
fn is_gzip(headers: &HeaderMap) -> Result<bool, ApiError> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let encodings: Vec<String> = values
        .flat_map(|value| {
            String::from_utf8_lossy(value.as_bytes()).split(',').map(str::to_owned).collect::<Vec<_>>()
        })
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    match encodings.as_slice() {
        [] => Ok(false),
        [only] if only == "gzip" || only == "x-gzip" => Ok(true),
        _ => Err(ApiError::UnsupportedEncoding(encodings.join(", "))),
    }
}

/// Stops at the bound, so that a small body cannot expand into all of the memory.
fn decompress(body: &[u8]) -> Result<Bytes, ApiError> {
    let mut decompressed = Vec::new();
    let bound = MAX_BODY_BYTES as u64 + 1;
    MultiGzDecoder::new(body).take(bound).read_to_end(&mut decompressed).map_err(|_| {
        let message = "The body is not valid gzip, although its Content-Encoding says so.".to_owned();
        ApiError::InvalidRequest { message, param: None }
    })?;
    if decompressed.len() > MAX_BODY_BYTES {
        return Err(ApiError::BodyTooLarge);
    }
    Ok(decompressed.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    async fn read(encoding: &'static str, body: impl Into<Body>) -> Result<Bytes, String> {
        let mut headers = HeaderMap::new();
        if !encoding.is_empty() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        read_body(&headers, body.into())
            .await
            .map_err(|error| format!("{} {}", error.status().as_u16(), error.code()))
    }

    #[tokio::test]
    async fn gzip_is_decompressed_and_a_byte_order_mark_skipped() {
        for (encoding, body) in [
            ("", b"{}".to_vec()),
            ("identity", b"{}".to_vec()),
            ("gzip", gzip(b"{}")),
            ("X-GZIP", gzip(b"{}")),
            ("gzip", [gzip(b"{"), gzip(b"}")].concat()),
            ("", b"\xef\xbb\xbf{}".to_vec()),
            ("gzip", gzip(b"\xef\xbb\xbf{}")),
            ("gzip", b"{}".to_vec()),
            ("gzip", b"\xef\xbb\xbf{}".to_vec()),
        ] {
            assert_eq!(read(encoding, body).await.as_deref(), Ok(&b"{}"[..]), "{encoding}");
        }
    }

    #[tokio::test]
    async fn other_encodings_and_broken_gzip_are_refused() {
        for encoding in ["br", "zstd", "deflate", "gzip, gzip", "utf-8"] {
            assert_eq!(
                read(encoding, gzip(b"{}")).await,
                Err("415 unsupported_encoding".to_owned()),
                "{encoding}"
            );
        }
        let cut = gzip(b"{}")[..12].to_vec();
        for body in [GZIP_MAGIC.to_vec(), cut] {
            assert_eq!(read("gzip", body).await, Err("400 invalid_request".to_owned()));
        }
    }

    #[tokio::test]
    async fn size_is_bounded_before_and_after_decompression() {
        let largest = vec![b' '; MAX_BODY_BYTES];
        assert_eq!(read("gzip", gzip(&largest)).await.map(|body| body.len()), Ok(MAX_BODY_BYTES));
        let bomb = gzip(&vec![b' '; 4 * MAX_BODY_BYTES]);
        assert!(bomb.len() < MAX_BODY_BYTES);
        for (encoding, body) in [("gzip", bomb), ("", [&largest[..], b" "].concat())] {
            assert_eq!(read(encoding, body).await, Err("413 request_too_large".to_owned()));
        }
    }
}
