//! A response in one piece: of Converse, of Invoke in the format of the model's vendor, or an error.

use domain::calls::Endpoint;
use http::HeaderMap;

use super::counts::Counts;
use super::error::{error_type, message_of};
use super::field;
use crate::json::{as_text, read_array, read_object, text_bytes};
use crate::wire::response::ResponseFields;
use crate::wire::upstream_error::UpstreamError;
use crate::wire::{anthropic, openai};

pub(crate) fn parse_response(endpoint: Endpoint, body: &str) -> Option<ResponseFields> {
    let object = read_object(body)?;
    if let Some(message) = message_of(body) {
        let error = UpstreamError { message: Some(message), ..UpstreamError::default() };
        return Some(ResponseFields {
            error: Some(error),
            is_whole: object.is_whole,
            ..ResponseFields::default()
        });
    }
    let field = |name| field(&object.members, name);
    let usage = field("usage");
    if endpoint == Endpoint::InvokeModel {
        if usage.is_some_and(is_anthropic) {
            let read = anthropic::parse_response(body)?;
            return Some(ResponseFields { service_tier: tier_of_claude(read.service_tier), ..read });
        }
        if usage.is_some_and(|usage| usage.contains("prompt_tokens")) {
            return openai::parse_response(Endpoint::ChatCompletions, body);
        }
    }
    let mut read = ResponseFields { is_whole: object.is_whole, ..ResponseFields::default() };
    let counts = usage.and_then(Counts::read).filter(|_| endpoint != Endpoint::BedrockCountTokens);
    read.usage = counts.zip(usage).map(|(counts, usage)| counts.reported(usage));
    read.service_tier = served_tier(field("serviceTier"), field("performanceConfig"));
    if !read.has_whole_usage() {
        read.text_bytes = text_bytes(body);
    }
    Some(read)
}

/// Without the geography, which the model's name decides here.
pub(super) fn tier_of_claude(tier: Option<String>) -> Option<String> {
    tier.filter(|tier| !matches!(tier.as_str(), "standard" | "us" | "global"))
}

/// Whether a usage object is that of Anthropic's Messages.
fn is_anthropic(usage: &str) -> bool {
    let members = read_object(usage).map(|usage| usage.members).unwrap_or_default();
    field(&members, "input_tokens").is_some()
}

/// A latency that was optimised has prices of its own.
pub(super) fn served_tier(tier: Option<&str>, performance: Option<&str>) -> Option<String> {
    let text = |object: Option<&str>, name| field(&read_object(object?)?.members, name).and_then(as_text);
    text(performance, "latency").filter(|latency| latency == "optimized").or_else(|| text(tier, "type"))
}

/// Adds what only the headers of a response say: the type of an error, and of an Invoke the tokens.
pub(crate) fn add_header_facts(
    endpoint: Endpoint,
    headers: &HeaderMap,
    read: Option<ResponseFields>,
    body: &str,
) -> Option<ResponseFields> {
    let counts = Counts::of_headers(headers).filter(|_| endpoint == Endpoint::InvokeModel);
    let mut read = match (read, &counts) {
        (None, Some(_)) => ResponseFields { is_whole: true, ..ResponseFields::default() },
        (read, _) => read?,
    };
    if let Some(error) = &mut read.error {
        error.kind = error_type(headers).map(str::to_owned);
        error.code = error.code.take().or_else(|| error.kind.clone());
    }
    if endpoint != Endpoint::InvokeModel {
        return Some(read);
    }
    // Claude's own usage says for how long it wrote to the cache, too.
    let has_own = read.usage.as_ref().is_some_and(|usage| is_anthropic(&usage.raw));
    if let Some(mut counts) = counts.filter(|_| !has_own) {
        if is_embedding(body) {
            counts.set_without_output();
        }
        read.usage = Some(counts.reported(&counts.to_json()));
    }
    Some(read)
}

/// Whether a body is the vectors or the order of texts.
fn is_embedding(body: &str) -> bool {
    let members = read_object(body).map(|body| body.members).unwrap_or_default();
    let names = ["embedding", "embeddings", "embeddingsByType"];
    names.iter().any(|name| field(&members, name).is_some())
        || field(&members, "results").is_some_and(|results| {
            read_array(results).first().is_some_and(|first| first.contains("relevance_score"))
        })
}
