//! What of a request decides how much Bedrock can bill for it.
//!
//! Only known members and blocks are taken for what they are. Every other one may fill the context window, so that one
//! that AWS adds later is bounded as well.

use domain::calls::{Endpoint, RequestContent};
use serde_json::Value;

use super::family::Family;
use crate::json::{as_array, as_present, members};
use crate::wire::found::Found;
use crate::wire::{anthropic, openai};

/// What Bedrock may add to a request: the model's template for messages, and a prompt for tools.
const OVERHEAD_TOKENS: i64 = 1_024;

/// Members of a Converse whose bytes are all they add to the input.
const INLINE_MEMBERS: [&str; 7] = [
    "inferenceConfig",
    "additionalModelResponseFieldPaths",
    "requestMetadata",
    "performanceConfig",
    "serviceTier",
    "outputConfig",
    "schemaVersion",
];

/// Members of `additionalModelRequestFields` that bound nothing and add nothing.
const INLINE_FIELDS: [&str; 12] = [
    "thinking",
    "reasoning_config",
    "reasoningConfig",
    "reasoning_effort",
    "output_config",
    "anthropic_beta",
    "top_k",
    "topK",
    "top_p",
    "seed",
    "presence_penalty",
    "frequency_penalty",
];

/// Blocks whose bytes are all they are.
const INLINE_BLOCKS: [&str; 7] =
    ["text", "toolUse", "reasoningContent", "citationsContent", "searchResult", "cachePoint", "json"];

/// Reads the content of a body. Walks all of it.
pub(crate) fn content(endpoint: Endpoint, model: &str, body: &str) -> RequestContent {
    match endpoint {
        Endpoint::Converse => converse(body),
        Endpoint::InvokeModel => invoke(model, body),
        _ => RequestContent::text(body.len()),
    }
}

fn invoke(model: &str, body: &str) -> RequestContent {
    let has_version =
        members(body).unwrap_or_default().iter().any(|member| member.key == "anthropic_version");
    match Family::of(model, has_version) {
        Family::Claude => anthropic::content(Endpoint::Messages, body),
        Family::Nova => converse(body),
        Family::MaxTokens => openai::content(Endpoint::ChatCompletions, body),
        Family::Titan | Family::Llama | Family::WithoutText => RequestContent::text(body.len()),
        Family::Unknown => {
            // The body may name media in words that are not known here.
            let mut found = Found::in_body(body);
            found.fill_window("the format of the body, which the model's name does not show");
            found.into_content()
        }
    }
}

fn converse(body: &str) -> RequestContent {
    let mut found = Found::in_body(body);
    found.content.text_bytes = found.content.text_bytes.saturating_add(OVERHEAD_TOKENS);
    found.content.cache_writes_long = may_ask_for_long_cache(body);
    for member in members(body).unwrap_or_default() {
        let Some(value) = as_present(member.value) else { continue };
        match member.key.as_ref() {
            "messages" => scan_messages(&mut found, value),
            "system" => scan_blocks(&mut found, "system", value),
            "toolConfig" => scan_tools(&mut found, value),
            // Billed by the length of the texts, beside the tokens.
            "guardrailConfig" => found.add_tool("guardrailConfig", "guardrail"),
            "additionalModelRequestFields" => scan_fields(&mut found, value),
            name if INLINE_MEMBERS.contains(&name) => {}
            // What AWS stores of a prompt, as `promptVariables` fill in, among them.
            name => found.fill_window(name),
        }
    }
    found.into_content()
}

/// Whether part of the request may be kept in the cache for an hour, which costs more than five minutes.
fn may_ask_for_long_cache(body: &str) -> bool {
    fn asks(value: &Value) -> bool {
        match value {
            Value::Object(members) => members.iter().any(|(name, value)| {
                name == "cachePoint" && value["ttl"].as_str().is_some_and(|ttl| ttl != "5m") || asks(value)
            }),
            Value::Array(values) => values.iter().any(asks),
            _ => false,
        }
    }
    // Names and values can be written with escapes.
    let may = body.contains("cachePoint") && body.contains("ttl") || body.contains("\\u");
    may && serde_json::from_str(body).map_or(true, |body| asks(&body))
}

fn scan_messages(found: &mut Found, messages: &str) {
    let Some(messages) = as_array(messages) else { return found.fill_window("messages") };
    for message in messages {
        let Ok(fields) = members(message) else {
            found.fill_window("messages");
            continue;
        };
        for field in fields.iter().filter(|field| field.key == "content") {
            scan_blocks(found, "messages", field.value);
        }
    }
}

fn scan_blocks(found: &mut Found, name: &str, blocks: &str) {
    let Some(blocks) = as_array(blocks) else { return found.fill_window(name) };
    for block in blocks {
        let Ok(fields) = members(block) else {
            found.fill_window(name);
            continue;
        };
        for field in fields {
            let Some(value) = as_present(field.value) else { continue };
            match field.key.as_ref() {
                kind if INLINE_BLOCKS.contains(&kind) => {}
                "image" => scan_image(found, value),
                "toolResult" => scan_inside(found, name, value),
                "guardContent" => scan_blocks(found, name, &format!("[{value}]")),
                "document" => scan_document(found, name, value),
                kind => found.fill_window(&format!("{name}.{kind}")),
            }
        }
    }
}

/// The content of a tool's result.
fn scan_inside(found: &mut Found, name: &str, result: &str) {
    for field in members(result).unwrap_or_default() {
        if field.key == "content" {
            scan_blocks(found, name, field.value);
        }
    }
}

/// An image counts by its size in pixels, which its bytes do not show.
fn scan_image(found: &mut Found, image: &str) {
    found.content.images += 1;
    for source in members(image).unwrap_or_default().iter().filter(|field| field.key == "source") {
        for field in members(source.value).unwrap_or_default() {
            if field.key == "bytes" {
                found.inline_image_bytes += field.value.len();
            }
        }
    }
}

/// Pages of a file are text and pictures, so its bytes are no bound.
fn scan_document(found: &mut Found, name: &str, document: &str) {
    let fields = members(document).unwrap_or_default();
    let sources: Vec<&str> =
        fields.iter().filter(|field| field.key == "source").map(|field| field.value).collect();
    let is_text = |source: &str| {
        let fields = members(source).unwrap_or_default();
        !fields.is_empty() && fields.iter().all(|field| field.key == "text")
    };
    if sources.is_empty() || !sources.into_iter().all(is_text) {
        found.fill_window(&format!("{name}.document"));
    }
}

fn scan_tools(found: &mut Found, config: &str) {
    let fields = members(config).unwrap_or_default();
    for tools in fields.iter().filter(|field| field.key == "tools") {
        let Some(tools) = as_array(tools.value) else { return found.fill_window("toolConfig.tools") };
        for tool in tools {
            for field in members(tool).unwrap_or_default() {
                match field.key.as_ref() {
                    "toolSpec" | "cachePoint" => {}
                    // AWS runs it.
                    "systemTool" => found.add_tool("toolConfig.systemTool", "system_tool"),
                    kind => found.fill_window(&format!("toolConfig.{kind}")),
                }
            }
        }
    }
}

/// What only this model has. A bound on its output may be among them, or tools that its vendor defines.
fn scan_fields(found: &mut Found, fields: &str) {
    for field in members(fields).unwrap_or_default() {
        if !INLINE_FIELDS.contains(&field.key.as_ref()) && as_present(field.value).is_some() {
            found.fill_window(&format!("additionalModelRequestFields.{}", field.key));
        }
    }
}
