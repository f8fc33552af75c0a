//! What metering reads from a buffered response. Untrusted: any member may be missing or have an unexpected type.

use domain::calls::Endpoint;
use domain::usage::ReportedUsage;

use super::fields::{as_array, as_present, as_str, members, read_object, readable};
use super::made_objects::MadeObjects;
use super::text::text_bytes;
use super::tool_uses::UsedTools;
use super::upstream_error::{UpstreamError, parse_error};
use super::usage::parse_usage;

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
    pub made: MadeObjects,
}

impl ResponseFields {
    /// `None` if the body is not a JSON object, such as an HTML page.
    pub fn parse(endpoint: Endpoint, body: &[u8]) -> Option<Self> {
        Self::parse_str(endpoint, &readable(body))
    }

    pub(crate) fn parse_str(endpoint: Endpoint, body: &str) -> Option<Self> {
        let object = read_object(body)?;
        let mut read = Self { is_whole: object.is_whole, ..Self::default() };
        let mut is_error_object = false;
        for member in &object.members {
            let Some(value) = as_present(member.value) else { continue };
            match member.key.as_ref() {
                "usage" => read.usage = parse_usage(value).or(read.usage),
                "model" => read.served_model = name(value),
                "service_tier" => read.service_tier = name(value),
                "id" => read.id = name(value),
                "status" if endpoint.returns_response() => read.status = name(value),
                "object" => is_error_object = name(value).is_some_and(|kind| kind == "error"),
                "error" => read.error = parse_error(value),
                "output" if endpoint.returns_response() => {
                    read.used_tools.add_output(value);
                    read.made.add_items(value);
                }
                "output" if endpoint == Endpoint::ResponsesCompact => read.made.add_items(value),
                "choices" if endpoint == Endpoint::ChatCompletions => read.add_audio(value),
                "data" if endpoint == Endpoint::ResponsesInputItems => read.made.add_items(value),
                _ => {}
            }
        }
        if let Some(id) = read.id.as_deref().filter(|_| endpoint.makes_objects()) {
            read.made.add_response(id);
        }
        if read.error.is_none() && is_error_object {
            read.error = parse_error(body);
        }
        if read.error.is_none() && read.status.as_deref() == Some("failed") {
            read.error =
                Some(UpstreamError { code: Some("response_failed".to_owned()), ..UpstreamError::default() });
        }
        let is_known = |usage: &ReportedUsage| {
            usage.report.input_tokens.is_some() && usage.report.output_tokens.is_some_and(|count| count > 0)
        };
        if !read.usage.as_ref().is_some_and(is_known) {
            let generated =
                object.members.iter().filter(|member| matches!(&*member.key, "choices" | "output"));
            read.text_bytes = generated.map(|member| text_bytes(member.value)).sum();
        }
        Some(read)
    }

    fn add_audio(&mut self, choices: &str) {
        for choice in as_array(choices).unwrap_or_default() {
            let members = members(choice).unwrap_or_default();
            members
                .iter()
                .filter(|member| member.key == "message")
                .for_each(|member| self.made.add_audio(member.value));
        }
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

pub(super) fn name(value: &str) -> Option<String> {
    as_str(value).filter(|name| !name.is_empty()).map(std::borrow::Cow::into_owned)
}
