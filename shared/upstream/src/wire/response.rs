//! What metering reads from a buffered response. Untrusted: any member may be missing or have an unexpected type.

use domain::calls::{Endpoint, Wire};
use domain::usage::ReportedUsage;
use http::HeaderMap;

use super::anthropic;
use super::bedrock;
use super::gemini;
use super::openai::{self, MadeObjects, UsedTools};
use super::part::ReportedPart;
use super::upstream_error::UpstreamError;
use crate::json::readable;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseFields {
    pub usage: Option<ReportedUsage>,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub id: Option<String>,
    /// Responses API only: `completed`, `queued`, `incomplete`, …
    pub status: Option<String>,
    pub error: Option<UpstreamError>,
    /// UTF-8 bytes of generated text; read only if the usage does not say how much was used.
    pub text_bytes: u64,
    /// False if the body breaks off.
    pub is_whole: bool,
    pub used_tools: UsedTools,
    /// What the answer bills beside `usage`.
    pub parts: Vec<ReportedPart>,
    /// Whether the provider bills nothing, although it reports what it read.
    pub is_unbilled: bool,
    pub made: MadeObjects,
}

impl ResponseFields {
    /// `None` if the body is not a JSON object, such as an HTML page.
    pub fn parse(endpoint: Endpoint, body: &[u8]) -> Option<Self> {
        Self::parse_str(endpoint, &readable(body))
    }

    /// As [`Self::parse`], with what only the headers of a response say.
    pub fn parse_with_headers(endpoint: Endpoint, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let body = readable(body);
        let read = Self::parse_str(endpoint, &body);
        if endpoint.wire() != Wire::Bedrock {
            return read;
        }
        bedrock::add_header_facts(endpoint, headers, read, &body)
    }

    pub(crate) fn parse_str(endpoint: Endpoint, body: &str) -> Option<Self> {
        match endpoint.wire() {
            Wire::OpenAi => openai::parse_response(endpoint, body),
            Wire::Anthropic => anthropic::parse_response(body),
            Wire::Gemini => gemini::parse_response(body),
            Wire::Bedrock => bedrock::parse_response(endpoint, body),
        }
    }

    /// Whether the usage says how much the call used, input and output.
    pub(super) fn has_whole_usage(&self) -> bool {
        self.usage.as_ref().is_some_and(|usage| {
            usage.report.input_tokens.is_some() && usage.report.output_tokens.is_some_and(|count| count > 0)
        })
    }

    /// Whether the call failed, see [`UpstreamError::fails_call`].
    pub fn is_failed(&self) -> bool {
        UpstreamError::fails_call(self.error.as_ref(), self.text_bytes, self.usage.as_ref())
    }

    /// Whether the provider still works on the response.
    pub fn is_unfinished(&self) -> bool {
        matches!(self.status.as_deref(), Some("queued" | "in_progress"))
    }
}
