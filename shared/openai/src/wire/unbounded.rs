//! Parts of a request that no number in it bounds: input stored at the provider, media, tools with fees.
//!
//! Only known harmless types are listed and everything else is reported, so that a type the provider adds later fails
//! closed.

use domain::calls::Endpoint;

use super::fields::{Member, as_array, as_present, as_str, members};

/// Tools that the caller runs. Their results are input of a later call.
const CALLER_SIDE_TOOLS: [&str; 4] = ["function", "custom", "local_shell", "apply_patch"];
const INLINE_PARTS: [&str; 6] =
    ["text", "input_text", "output_text", "summary_text", "reasoning_text", "refusal"];
const INLINE_ITEMS: [&str; 9] = [
    "message",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "local_shell_call",
    "local_shell_call_output",
    "apply_patch_call",
    "apply_patch_call_output",
];
/// The members that decide what an item is and whether it is complete. If one appears twice, the provider may take
/// either.
const DECISIVE_MEMBERS: [&str; 4] = ["type", "role", "content", "encrypted_content"];

pub(super) fn features(endpoint: Endpoint, body: &str) -> Vec<String> {
    let mut found = Found(Vec::new());
    if endpoint == Endpoint::Embeddings {
        return found.0;
    }
    for member in members(body).unwrap_or_default() {
        let Some(value) = as_present(member.value) else { continue };
        match member.key.as_ref() {
            name @ ("previous_response_id" | "conversation" | "prompt" | "web_search_options") => {
                found.add(name);
            }
            "background" if value != "false" => found.add("background"),
            "tools" => found.scan_tools(value),
            "messages" if endpoint.is_chat_completion() => found.scan_list(endpoint, "messages", value),
            "input" if endpoint == Endpoint::Responses => found.scan_list(endpoint, "input", value),
            _ => {}
        }
    }
    found.0
}

const MAX_NAMES: usize = 16;
const MAX_NAME_CHARS: usize = 64;

struct Found(Vec<String>);

impl Found {
    /// The caller chose part of the name, so it is shortened and control characters are removed.
    fn add(&mut self, name: &str) {
        let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
        if self.0.len() < MAX_NAMES && !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    fn scan_tools(&mut self, tools: &str) {
        for tool in as_array(tools).unwrap_or_default() {
            match kind_of(tool).as_deref() {
                Some(kind) if CALLER_SIDE_TOOLS.contains(&kind) => {}
                kind => self.add(&format!("tools.{}", kind.unwrap_or("unknown"))),
            }
        }
    }

    /// Messages of a chat, or items of a Responses input, which may also be one string.
    fn scan_list(&mut self, endpoint: Endpoint, name: &str, list: &str) {
        if as_str(list).is_some() {
            return;
        }
        let Some(items) = as_array(list) else { return self.add(name) };
        for item in items {
            self.scan_item(endpoint, name, item);
        }
    }

    fn scan_item(&mut self, endpoint: Endpoint, name: &str, item: &str) {
        let Ok(fields) = members(item) else { return self.add(name) };
        let mut kind = None;
        let mut has_inline_reasoning = false;
        let (mut has_role, mut has_content) = (false, false);
        if let Some(twice) = DECISIVE_MEMBERS.iter().find(|name| is_twice(&fields, name)) {
            self.add(&format!("{name}.{twice} appears twice"));
        }
        for member in fields {
            let Some(value) = as_present(member.value) else { continue };
            match member.key.as_ref() {
                "type" => kind = Some(as_str(value).map_or_else(|| "unknown".to_owned(), Into::into)),
                "role" => has_role = as_str(value).is_some(),
                "content" => {
                    has_content = true;
                    self.scan_content(name, value);
                }
                "output" => self.scan_content(name, value),
                // Refers to an earlier audio response by its id.
                "audio" => self.add(&format!("{name}.audio")),
                "encrypted_content" => {
                    has_inline_reasoning = as_str(value).is_some_and(|text| !text.is_empty());
                }
                _ => {}
            }
        }
        match kind.as_deref() {
            // A reference to a stored item may omit its type, as a message may.
            None if endpoint == Endpoint::Responses && !(has_role && has_content) => {
                self.add(&format!("{name}.item_reference"));
            }
            None => {}
            Some(known) if INLINE_ITEMS.contains(&known) => {}
            // Reasoning without content refers to what the provider has stored.
            Some("reasoning") if has_inline_reasoning => {}
            Some(other) => self.add(&format!("{name}.{other}")),
        }
    }

    fn scan_content(&mut self, name: &str, content: &str) {
        if as_str(content).is_some() {
            return;
        }
        let Some(parts) = as_array(content) else { return self.add(&format!("{name}.content")) };
        for part in parts {
            match kind_of(part).as_deref() {
                Some(kind) if INLINE_PARTS.contains(&kind) => {}
                // Base64 audio has far more bytes than tokens. Images do not: a tiny one may count thousands.
                Some("input_audio") => {}
                kind => self.add(&format!("{name}.{}", kind.unwrap_or("unknown"))),
            }
        }
    }
}

/// The `type` of a tool or a content part. If it appears twice, the provider may take either.
fn kind_of(object: &str) -> Option<String> {
    let fields = members(object).ok()?;
    if is_twice(&fields, "type") {
        return Some("type appears twice".to_owned());
    }
    let field = fields.iter().find(|member| member.key == "type")?;
    as_str(field.value).map(Into::into)
}

fn is_twice(fields: &[Member<'_>], name: &str) -> bool {
    fields.iter().filter(|member| member.key == name).count() > 1
}
