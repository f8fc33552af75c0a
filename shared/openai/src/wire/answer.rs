//! What metering reads from a plain answer. Untrusted: any detail may be missing or of an odd type.

use super::{Kind, ParsedUsage, as_present, as_str, members, parse_usage};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// `None` where the answer has no usable token counts; such a call is estimated.
    pub usage: Option<ParsedUsage>,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub id: Option<String>,
    /// Of the Responses API: `completed`, `queued`, `incomplete`, …
    pub status: Option<String>,
    pub error: Option<UpstreamError>,
}

/// The error object of an answer or a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamError {
    pub kind: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
}

impl Answer {
    /// `None` where the body is not a JSON object: an HTML page, a cut body.
    pub fn parse(kind: Kind, body: &[u8]) -> Option<Self> {
        Self::parse_str(kind, std::str::from_utf8(body).ok()?)
    }

    pub(crate) fn parse_str(kind: Kind, body: &str) -> Option<Self> {
        let mut answer = Self::default();
        for member in members(body).ok()? {
            let Some(value) = as_present(member.value) else { continue };
            match member.key.as_ref() {
                "usage" => answer.usage = parse_usage(value).or(answer.usage),
                "model" => answer.served_model = name(value),
                "service_tier" => answer.service_tier = name(value),
                "id" => answer.id = name(value),
                "status" if kind == Kind::Responses => answer.status = name(value),
                "error" => answer.error = Some(parse_error(value)),
                _ => {}
            }
        }
        Some(answer)
    }
}

/// Reads an error object; one that is only a string is taken as the message.
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
