//! The response of a function to one event, parsed as API Gateway does.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use crate::HostError;

/// Separates the prelude from the body of a streamed response.
const DELIMITER: [u8; 8] = [0; 8];

/// Bytes as received; `after` is the time since the function received the event.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub after: Duration,
    pub bytes: Bytes,
}

/// The function's error report for an event.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionError {
    pub error_type: String,
    pub error_message: String,
}

/// An HTTP response, or plain JSON from a function without HTTP.
#[derive(Debug)]
pub struct FunctionResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub is_streamed: bool,
    /// The body, in the chunks in which it arrived.
    pub chunks: Vec<Chunk>,
    pub ended_after: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseHead {
    status_code: u16,
    #[serde(default)]
    headers: serde_json::Map<String, Value>,
    #[serde(default)]
    multi_value_headers: serde_json::Map<String, Value>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl FunctionResponse {
    /// The head may span several chunks, and may share one with the body.
    pub(crate) fn streamed(chunks: Vec<Chunk>, ended_after: Duration) -> Result<Self, HostError> {
        let whole: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.bytes.iter().copied()).collect();
        let at = whole.windows(DELIMITER.len()).position(|window| window == DELIMITER);
        let at = at.ok_or(HostError::Malformed("no delimiter after the prelude"))?;
        let head: ResponseHead = serde_json::from_slice(&whole[..at])
            .map_err(|_| HostError::Malformed("the prelude is not a JSON head"))?;
        let mut to_skip = at + DELIMITER.len();
        let mut body_chunks = Vec::new();
        for Chunk { after, bytes } in chunks {
            let skipped = to_skip.min(bytes.len());
            to_skip -= skipped;
            let bytes = bytes.slice(skipped..);
            if !bytes.is_empty() {
                body_chunks.push(Chunk { after, bytes });
            }
        }
        Ok(Self {
            status: head.status_code,
            headers: headers(&head)?,
            body: whole[at + DELIMITER.len()..].to_vec().into(),
            is_streamed: true,
            chunks: body_chunks,
            ended_after,
        })
    }

    pub(crate) fn buffered(bytes: Bytes, ended_after: Duration) -> Result<Self, HostError> {
        let chunks = vec![Chunk { after: ended_after, bytes: bytes.clone() }];
        let Ok(head) = serde_json::from_slice::<ResponseHead>(&bytes) else {
            let (status, headers) = (200, HeaderMap::new());
            return Ok(Self { status, headers, body: bytes, is_streamed: false, chunks, ended_after });
        };
        if head.is_base64_encoded {
            return Err(HostError::Malformed("base64 bodies are not supported"));
        }
        let (status, headers) = (head.status_code, headers(&head)?);
        let body = head.body.unwrap_or_default().into();
        Ok(Self { status, headers, body, is_streamed: false, chunks, ended_after })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

fn headers(head: &ResponseHead) -> Result<HeaderMap, HostError> {
    let mut headers = HeaderMap::new();
    for (name, value) in head.headers.iter().chain(&head.multi_value_headers) {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let name = HeaderName::try_from(name).map_err(|_| HostError::Malformed("a header name"))?;
        headers.remove(&name);
        for value in values {
            let value = value.as_str().and_then(|value| HeaderValue::try_from(value).ok());
            headers.append(&name, value.ok_or(HostError::Malformed("a header value"))?);
        }
    }
    Ok(headers)
}
