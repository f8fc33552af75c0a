//! What metering reads from a buffered response. Untrusted: any member may be missing or have an unexpected type.

use domain::calls::Endpoint;

use super::fields::{as_present, as_str, members};
use super::usage::{ParsedUsage, parse_usage};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseFields {
    /// `None` if the response has no usable token counts; the call is then estimated.
    pub usage: Option<ParsedUsage>,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub id: Option<String>,
    /// Responses API only: `completed`, `queued`, `incomplete`, …
    pub status: Option<String>,
    pub error: Option<UpstreamError>,
}

/// The error object of a response or a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamError {
    pub kind: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
}

impl ResponseFields {
    /// `None` if the body is not a JSON object, such as an HTML page or a truncated body.
    pub fn parse(endpoint: Endpoint, body: &[u8]) -> Option<Self> {
        Self::parse_str(endpoint, std::str::from_utf8(body).ok()?)
    }

    pub(crate) fn parse_str(endpoint: Endpoint, body: &str) -> Option<Self> {
        let mut read = Self::default();
        for member in members(body).ok()? {
            let Some(value) = as_present(member.value) else { continue };
            match member.key.as_ref() {
                "usage" => read.usage = parse_usage(value).or(read.usage),
                "model" => read.served_model = name(value),
                "service_tier" => read.service_tier = name(value),
                "id" => read.id = name(value),
                "status" if endpoint == Endpoint::Responses => read.status = name(value),
                "error" => read.error = Some(parse_error(value)),
                _ => {}
            }
        }
        Some(read)
    }
}

/// Reads an error object. A plain string is taken as the message.
pub(crate) fn parse_error(value: &str) -> UpstreamError {
    let mut error = UpstreamError::default();
    let Ok(fields) = members(value) else {
        error.message = name(value);
        return error;
    };
    for member in fields {
        match member.key.as_ref() {
            "type" => error.kind = name(member.value),
            // Some providers send the status as a number here.
            "code" => {
                error.code = name(member.value)
                    .or_else(|| member.value.parse::<i64>().ok().map(|code| code.to_string()));
            }
            "message" => error.message = name(member.value),
            _ => {}
        }
    }
    error
}

fn name(value: &str) -> Option<String> {
    as_str(value).filter(|name| !name.is_empty()).map(std::borrow::Cow::into_owned)
}
