//! A message, a count of input tokens, or an error.

use domain::pricing::anthropic_tier;
use domain::usage::ReportedUsage;

use super::content::container_ids;
use super::counts::Counts;
use super::iterations::{billed_parts, fallback_model};
use crate::json::{as_array, as_present, as_text, members, read_object, text_bytes};
use crate::wire::openai::UsedTools;
use crate::wire::response::ResponseFields;
use crate::wire::upstream_error::parse_error;

pub(crate) fn parse_response(body: &str) -> Option<ResponseFields> {
    let object = read_object(body)?;
    let mut read = ResponseFields { is_whole: object.is_whole, ..ResponseFields::default() };
    let field = |name: &str| {
        let mut members = object.members.iter().rev();
        members.find(|member| member.key == name).and_then(|member| as_present(member.value))
    };
    read.served_model = field("model").and_then(as_text);
    read.id = field("id").and_then(as_text);
    read.error = field("error").and_then(parse_error);
    if let Some(container) = field("container") {
        read.made.add_containers(&container_ids(container));
    }
    if let Some(usage) = field("usage")
        && let Some(counts) = Counts::read(usage)
    {
        let is_refused = field("stop_reason").and_then(as_text).as_deref() == Some("refusal");
        read.is_unbilled = is_refused && counts.is_without_output();
        read.usage = Some(ReportedUsage { report: counts.report(), raw: usage.to_owned() });
        read.service_tier = counts.tier();
        read.used_tools = counts.used_tools();
        if let Some(iterations) = iterations(usage) {
            read.served_model = fallback_model(iterations).or(read.served_model);
            read.parts = billed_parts(iterations, read.served_model.as_deref());
        }
    }
    if !read.has_whole_usage() {
        read.text_bytes = field("content").map(generated_bytes).unwrap_or_default();
    }
    Some(read)
}

/// Bytes of the blocks that the model wrote; results of tools are input.
pub(super) fn generated_bytes(content: &str) -> u64 {
    as_array(content).unwrap_or_default().into_iter().map(block_bytes).sum()
}

pub(super) fn block_bytes(block: &str) -> u64 {
    let fields = members(block).unwrap_or_default();
    let kind = fields.iter().find(|field| field.key == "type").and_then(|field| as_text(field.value));
    if kind.is_some_and(|kind| kind.ends_with("_tool_result")) { 0 } else { text_bytes(block) }
}

/// `usage.iterations`
pub(super) fn iterations(usage: &str) -> Option<&str> {
    let members = read_object(usage)?.members;
    members.iter().find(|member| member.key == "iterations").and_then(|member| as_present(member.value))
}

impl Counts {
    /// The tier that priced the answer; `None` if nothing is said of it. One that was asked for may not be the one that
    /// was served.
    pub(super) fn tier(&self) -> Option<String> {
        let (tier, speed, geography) = (&self.service_tier, &self.speed, &self.geography);
        let is_told = [tier, speed, geography].into_iter().any(Option::is_some);
        let own = anthropic_tier(speed.as_deref(), geography.as_deref(), tier.as_deref());
        is_told.then(|| own.unwrap_or_else(|| "standard".to_owned()))
    }

    /// Uses of tools that have a fee of their own.
    pub(super) fn used_tools(&self) -> UsedTools {
        let mut used = UsedTools::default();
        used.add_count("web_search", self.web_searches.unwrap_or_default());
        used.add_count("code_execution", self.code_executions.unwrap_or_default());
        used
    }
}
