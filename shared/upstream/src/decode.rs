//! Compressed responses. We ask for none, but some providers and proxies compress all the same.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::{MultiGzDecoder, ZlibDecoder};
use http::{HeaderMap, header};

/// Decompresses a response as it comes.
pub(crate) enum Decoder {
    Gzip(MultiGzDecoder<Vec<u8>>),
    Deflate(ZlibDecoder<Vec<u8>>),
}

impl Decoder {
    /// The decoder of a response, whose headers then describe the decoded body. `None` if it is not compressed, or in a
    /// way that only its caller may know: such a body is passed on with its `content-encoding`.
    pub(crate) fn of(headers: &mut HeaderMap) -> Option<Self> {
        let encoding = headers.get(header::CONTENT_ENCODING)?.to_str().ok()?.trim().to_ascii_lowercase();
        let decoder = match encoding.as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip(MultiGzDecoder::new(Vec::new()))),
            "deflate" => Some(Self::Deflate(ZlibDecoder::new(Vec::new()))),
            "identity" | "" => None,
            _ => return None,
        };
        headers.remove(header::CONTENT_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
        decoder
    }

    /// Everything that can be decompressed so far, so that no event of a stream waits for the next one.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> io::Result<Bytes> {
        match self {
            Self::Gzip(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()).into())
            }
            Self::Deflate(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()).into())
            }
        }
    }

    /// The rest, at the end of the body. A body that ends too early is an error.
    pub(crate) fn finish(&mut self) -> io::Result<Bytes> {
        match self {
            Self::Gzip(decoder) => {
                decoder.try_finish()?;
                Ok(std::mem::take(decoder.get_mut()).into())
            }
            Self::Deflate(decoder) => {
                decoder.try_finish()?;
                Ok(std::mem::take(decoder.get_mut()).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;

    use super::*;

    fn headers(encoding: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("7"));
        headers
    }

    #[test]
    fn each_flushed_event_is_decoded_at_once() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let mut decoder = Decoder::of(&mut headers("GZIP")).unwrap();
        for event in ["data: 1\n\n", "data: 2\n\n"] {
            encoder.write_all(event.as_bytes()).unwrap();
            encoder.flush().unwrap();
            let chunk = std::mem::take(encoder.get_mut());
            assert_eq!(decoder.push(&chunk).unwrap(), event);
        }
        let end = encoder.finish().unwrap();
        assert_eq!(decoder.push(&end).unwrap(), "");
        assert_eq!(decoder.finish().unwrap(), "");
    }

    #[test]
    fn headers_describe_the_decoded_body() {
        for (encoding, is_decoded) in [("gzip", true), ("deflate", true), ("br", false), ("gzip, br", false)]
        {
            let mut headers = headers(encoding);
            assert_eq!(Decoder::of(&mut headers).is_some(), is_decoded, "{encoding}");
            assert_eq!(headers.contains_key(header::CONTENT_ENCODING), !is_decoded, "{encoding}");
        }
        let mut identity = headers("identity");
        assert!(Decoder::of(&mut identity).is_none() && identity.is_empty());
    }

    #[test]
    fn broken_and_cut_bodies_are_errors() {
        assert!(Decoder::of(&mut headers("gzip")).unwrap().push(b"{\"not\":\"gzip\"}").is_err());
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"{}").unwrap();
        let whole = encoder.finish().unwrap();
        let mut decoder = Decoder::of(&mut headers("gzip")).unwrap();
        decoder.push(&whole[..14]).unwrap();
        assert!(decoder.finish().is_err());
    }
}
