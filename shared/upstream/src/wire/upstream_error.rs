//! The provider's errors, and which of them fail a call that was answered with a success status.

use std::time::Duration;

use domain::calls::Endpoint;
use domain::usage::ReportedUsage;

use super::bedrock;
use super::gemini;
use super::response::ResponseFields;
use crate::json::{as_text, read_array, read_object, readable};

/// The error object of a response or a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamError {
    pub kind: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
    /// What the error itself says of another try, beside the response's headers.
    pub should_retry: Option<bool>,
    pub retry_after: Option<Duration>,
}

impl UpstreamError {
    /// The error in the body of an error status, in any provider's format.
    pub(crate) fn of_body(body: &[u8]) -> Option<Self> {
        let text = readable(body);
        gemini::parse_error_body(&text)
            .or_else(|| ResponseFields::parse_str(Endpoint::ChatCompletions, &text)?.error)
            .or_else(|| Some(Self { message: Some(bedrock::message_of(&text)?), ..Self::default() }))
    }

    /// Whether the provider refused the key, which Google reports as an invalid argument and AWS as a lack of access.
    pub fn rejects_key(&self) -> bool {
        let kind = self.kind.as_deref();
        kind == Some("API_KEY_INVALID") || bedrock::is_of_credentials(kind, self.message.as_deref())
    }

    /// The code that the ledger keeps.
    pub fn recorded_code(&self) -> String {
        self.code.clone().or_else(|| self.kind.clone()).unwrap_or_else(|| "upstream_error".to_owned())
    }

    /// Whether an answer with a success status is a failed call, which costs nothing: it has an error (a JSON body
    /// `{"error": …}`, a response with the status `failed`, or an error event) and neither text nor token counts.
    pub fn fails_call(error: Option<&Self>, text_bytes: u64, usage: Option<&ReportedUsage>) -> bool {
        error.is_some() && text_bytes == 0 && !usage.is_some_and(|usage| usage.report.has_counts())
    }
}

/// Reads an error object, or a text, which is taken as the message. `None` for any other value, such as `false`.
pub(crate) fn parse_error(value: &str) -> Option<UpstreamError> {
    let mut error = UpstreamError::default();
    let Some(object) = read_object(value) else {
        error.message = Some(as_text(value)?);
        return Some(error);
    };
    for member in object.members {
        match member.key.as_ref() {
            "type" => error.kind = as_text(member.value),
            // Some providers send the status as a number here.
            "code" => {
                error.code = as_text(member.value)
                    .or_else(|| member.value.parse::<i64>().ok().map(|code| code.to_string()));
            }
            "message" => error.message = as_text(member.value),
            _ => {}
        }
    }
    Some(error)
}

/// Reads the `detail` of an error: a text, an object, or a list of what is wrong with single fields.
pub(crate) fn parse_detail(value: &str) -> Option<UpstreamError> {
    if !value.starts_with('[') {
        return parse_error(value);
    }
    let messages: Vec<String> = read_array(value)
        .into_iter()
        .filter_map(|field| {
            let members = read_object(field)?.members;
            as_text(members.iter().rfind(|member| member.key == "msg")?.value)
        })
        .collect();
    (!messages.is_empty())
        .then(|| UpstreamError { message: Some(messages.join("; ")), ..UpstreamError::default() })
}
