//! What of a request decides how much the provider can bill for it: text, images, input stored at the provider, and
//! built-in tools.
//!
//! Only known types are taken for what they are. Every other one may fill the context window, so that a type the
//! provider adds later is bounded as well.

mod parts;
mod tools;

use domain::calls::{Endpoint, RequestContent};

use crate::json::valid::{as_array, is_string, members};
use crate::json::{as_present, as_str};
use crate::wire::found::{Found, is_twice};

/// Their bytes are all they are.
pub(super) const INLINE_ITEMS: [&str; 21] = [
    "message",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "local_shell_call",
    "local_shell_call_output",
    "apply_patch_call",
    "apply_patch_call_output",
    "shell_call",
    "shell_call_output",
    "computer_call",
    "computer_call_output",
    "mcp_call",
    "mcp_list_tools",
    "mcp_approval_request",
    "mcp_approval_response",
    "tool_search_call",
    "tool_search_output",
    "compaction_trigger",
    "additional_tools",
];
/// The members that decide what an item is and whether it is complete. If one appears twice, the provider may take
/// either.
const DECISIVE_MEMBERS: [&str; 4] = ["type", "role", "content", "encrypted_content"];
/// Ids of stored items that a model generated: reasoning and calls of functions.
const OUTPUT_ID_PREFIXES: [&str; 3] = ["rs_", "fc_", "ctc_"];

/// Reads the content of a body. Walks all of it.
pub(crate) fn content(endpoint: Endpoint, body: &str) -> RequestContent {
    let mut found = Found::in_body(body);
    // Text and nothing else.
    if matches!(endpoint, Endpoint::Embeddings | Endpoint::Completions) || endpoint.is_free() {
        return found.content;
    }
    for member in members(body).unwrap_or_default() {
        let Some(value) = as_present(member.value) else { continue };
        match member.key.as_ref() {
            name @ ("previous_response_id" | "conversation" | "prompt") => found.fill_window(name),
            "web_search_options" => found.add_tool("web_search_options", "chat_search"),
            "tools" => found.scan_tools(value),
            "modalities" => found.scan_modalities(value),
            "audio" => found.content.may_speak = true,
            "max_tool_calls" => {
                let calls = value.parse::<u64>().ok();
                found.content.max_tool_calls = calls.map(|calls| i64::try_from(calls).unwrap_or(i64::MAX));
            }
            "messages" if endpoint.is_chat_completion() => found.scan_list(endpoint, "messages", value),
            "input" if endpoint.is_responses() => found.scan_list(endpoint, "input", value),
            _ => {}
        }
    }
    found.into_content()
}

impl Found {
    /// One stored item that a model generated.
    fn add_stored_output(&mut self, name: &str) {
        self.name(name);
        self.content.stored_outputs += 1;
    }

    /// Messages of a chat, or items of a Responses input, which may also be one string.
    fn scan_list(&mut self, endpoint: Endpoint, name: &str, list: &str) {
        if is_string(list) {
            return;
        }
        let Some(items) = as_array(list) else { return self.fill_window(name) };
        for item in items {
            self.scan_item(endpoint, name, item);
        }
    }

    fn scan_item(&mut self, endpoint: Endpoint, name: &str, item: &str) {
        let Some(fields) = members(item) else { return self.fill_window(name) };
        if let Some(twice) = DECISIVE_MEMBERS.iter().find(|name| is_twice(&fields, name)) {
            self.fill_window(&format!("{name}.{twice} appears twice"));
        }
        let mut read = Item::default();
        for member in fields {
            let Some(value) = as_present(member.value) else { continue };
            match member.key.as_ref() {
                "type" => read.kind = Some(as_str(value).map_or_else(|| "unknown".to_owned(), Into::into)),
                "id" => read.id = as_str(value).map(Into::into),
                "role" => read.has_role = is_string(value),
                "content" => {
                    read.has_content = true;
                    self.scan_content(name, value);
                }
                "output" => self.scan_content(name, value),
                // Refers to an earlier audio response by its id.
                "audio" => self.add_stored_output(&format!("{name}.audio")),
                "encrypted_content" => {
                    read.has_inline_reasoning = as_str(value).is_some_and(|text| !text.is_empty());
                }
                "result" => read.result_bytes = value.len(),
                _ => {}
            }
        }
        self.add_item(endpoint, name, &read);
    }

    fn add_item(&mut self, endpoint: Endpoint, name: &str, item: &Item) {
        let is_output = item
            .id
            .as_deref()
            .is_some_and(|id| OUTPUT_ID_PREFIXES.iter().any(|prefix| id.starts_with(prefix)));
        match item.kind.as_deref() {
            // A reference to a stored item may omit its type, as a message may.
            None if endpoint.is_responses() && !(item.has_role && item.has_content) => {
                self.add_reference(name, is_output);
            }
            None => {}
            Some("item_reference") => self.add_reference(name, is_output),
            Some(known) if INLINE_ITEMS.contains(&known) => {}
            // Reasoning without content refers to what the provider has stored.
            Some("reasoning") if item.has_inline_reasoning => {}
            Some("reasoning") => self.add_stored_output(&format!("{name}.reasoning")),
            Some("web_search_call") => {
                self.name(&format!("{name}.web_search_call"));
                self.content.earlier_searches += 1;
            }
            Some("image_generation_call") => {
                self.inline_image_bytes += item.result_bytes;
                self.content.images += 1;
            }
            Some(other) => self.fill_window(&format!("{name}.{other}")),
        }
    }

    fn add_reference(&mut self, name: &str, is_output: bool) {
        let name = format!("{name}.item_reference");
        if is_output { self.add_stored_output(&name) } else { self.fill_window(&name) }
    }
}

#[derive(Default)]
struct Item {
    kind: Option<String>,
    id: Option<String>,
    has_role: bool,
    has_content: bool,
    has_inline_reasoning: bool,
    /// Of a generated image that is sent back.
    result_bytes: usize,
}
