//! What of a request for a message decides how much the provider can bill for it.
//!
//! Only known types are taken for what they are. Every other one may fill the context window, so that a type the
//! provider adds later is bounded as well.

use domain::calls::{Endpoint, RequestContent};

use super::tools::scan_tools;
use crate::json::valid::{as_array, is_string, members};
use crate::json::{as_present, as_str, as_text};
use crate::wire::found::{Found, kind_of};
use crate::wire::openai::NamedObjects;

/// What the provider adds to a request that has tools of the caller's own, in tokens. Published: 286 to 804.
pub(super) const TOOLS_PROMPT_TOKENS: i64 = 1_024;

/// How often the provider samples again after tools of its own, if a request does not bound their uses. Published: it
/// then pauses the turn.
pub(super) const MAX_ROUNDS: i64 = 10;

/// How deep requests are searched for settings of the cache. The schemas of tools are the deepest part of a request.
const MAX_DEPTH: usize = 32;

/// Blocks whose bytes are all they are. The encrypted ones are longer than what they contain.
const INLINE_BLOCKS: [&str; 13] = [
    "text",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "server_tool_use",
    "mcp_tool_use",
    "mcp_tool_result",
    "search_result",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
];

/// Reads the content of a body. Walks all of it.
pub(crate) fn content(endpoint: Endpoint, body: &str) -> RequestContent {
    let mut found = Found::in_body(body);
    if endpoint.is_free() {
        return found.content;
    }
    found.content.cache_writes_long = may_ask_for_long_cache(body);
    for member in members(body).unwrap_or_default() {
        let Some(value) = as_present(member.value) else { continue };
        match member.key.as_ref() {
            "messages" => scan_messages(&mut found, value),
            "system" => scan_blocks(&mut found, "system", value),
            "tools" => scan_tools(&mut found, value),
            "mcp_servers" if as_array(value).is_none_or(|servers| !servers.is_empty()) => {
                found.add_tool("mcp_servers", "mcp");
            }
            // Its skills are more input.
            "container" => found.fill_window("container"),
            // Another model may answer, at its own prices.
            "fallbacks" => add_other_models(&mut found, "fallbacks"),
            "fallback_credit_token" => add_other_models(&mut found, "fallback_credit_token"),
            // A summary of the conversation is a step of its own.
            "context_management" if value.contains("compact") || value.contains("\\u") => {
                found.add_tool("context_management", "compaction");
            }
            _ => {}
        }
    }
    if !found.content.tools.is_empty() {
        found.content.max_tool_calls.get_or_insert(MAX_ROUNDS);
    }
    found.into_content()
}

pub(super) fn add_other_models(found: &mut Found, name: &str) {
    found.fill_window(name);
    found.content.uses_other_models = true;
}

/// Whether part of the request may be kept in the cache for an hour, which costs more than five minutes.
fn may_ask_for_long_cache(body: &str) -> bool {
    let is_plain = body.contains("cache_control") && body.contains("\"1h\"");
    // Names and values can be written with escapes.
    is_plain || body.contains("\\u") && asks_for_long_cache(body, MAX_DEPTH)
}

/// Deeper values may ask for anything.
fn asks_for_long_cache(value: &str, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    if let Some(values) = as_array(value) {
        return values.into_iter().any(|value| asks_for_long_cache(value, depth));
    }
    members(value).unwrap_or_default().into_iter().any(|member| {
        member.key == "cache_control" && has_long_time(member.value)
            || asks_for_long_cache(member.value, depth)
    })
}

fn has_long_time(cache_control: &str) -> bool {
    let mut members = members(cache_control).unwrap_or_default().into_iter();
    members.any(|member| member.key == "ttl" && as_str(member.value).is_some_and(|ttl| ttl != "5m"))
}

fn scan_messages(found: &mut Found, messages: &str) {
    let Some(messages) = as_array(messages) else { return found.fill_window("messages") };
    for message in messages {
        let Some(fields) = members(message) else {
            found.fill_window("messages");
            continue;
        };
        for field in fields.iter().filter(|field| field.key == "content") {
            scan_blocks(found, "messages", field.value);
        }
    }
}

/// Blocks, or one text.
fn scan_blocks(found: &mut Found, name: &str, blocks: &str) {
    if as_present(blocks).is_none() || is_string(blocks) {
        return;
    }
    let Some(blocks) = as_array(blocks) else { return found.fill_window(name) };
    for block in blocks {
        match kind_of(block).as_deref() {
            Some(kind) if INLINE_BLOCKS.contains(&kind) => {}
            Some("tool_result") => scan_inside(found, name, block, "content"),
            Some("image") => scan_image(found, block),
            Some("document") => scan_document(found, name, block),
            kind => found.fill_window(&format!("{name}.{}", kind.unwrap_or("unknown"))),
        }
    }
}

fn scan_inside(found: &mut Found, name: &str, block: &str, member: &str) {
    for field in members(block).unwrap_or_default() {
        if field.key == member {
            scan_blocks(found, name, field.value);
        }
    }
}

/// An image counts by its size in pixels, which its bytes do not show.
fn scan_image(found: &mut Found, block: &str) {
    found.content.images += 1;
    for source in members(block).unwrap_or_default().iter().filter(|field| field.key == "source") {
        for field in members(source.value).unwrap_or_default() {
            if field.key == "data" {
                found.inline_image_bytes += field.value.len();
            }
        }
    }
}

/// A page of a PDF is its text and a picture, so its bytes are no bound.
fn scan_document(found: &mut Found, name: &str, block: &str) {
    let fields = members(block).unwrap_or_default();
    let mut sources = fields.iter().filter(|field| field.key == "source").peekable();
    if sources.peek().is_none() {
        found.fill_window(&format!("{name}.document"));
    }
    for source in sources {
        match kind_of(source.value).as_deref() {
            Some("text") => {}
            Some("content") => scan_inside(found, name, source.value, "content"),
            _ => found.fill_window(&format!("{name}.document")),
        }
    }
}

/// The containers that a request names. Tools ran in them earlier, and the request can read their files.
pub(crate) fn named_objects(body: &str) -> NamedObjects {
    let mut named = NamedObjects::default();
    if !body.contains("container") && !body.contains("\\u") {
        return named;
    }
    for member in members(body).unwrap_or_default() {
        if member.key == "container" {
            named.containers.extend(container_ids(member.value));
        }
    }
    named
}

/// A container is named by its id, or is an object that has one.
pub(super) fn container_ids(container: &str) -> Vec<String> {
    if let Some(id) = as_text(container) {
        return vec![id];
    }
    let fields = members(container).unwrap_or_default();
    fields.iter().filter(|field| field.key == "id").filter_map(|field| as_text(field.value)).collect()
}
