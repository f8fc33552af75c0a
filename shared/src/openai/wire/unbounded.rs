//! Parts of a request that no number in it bounds: input kept at the provider, media, tools with fees.
//!
//! Known harmless kinds are listed and everything else is named, so that a kind the provider adds later
//! fails closed.

use super::{Kind, as_array, as_present, as_str, members};

/// Tools that run at the caller. What they return comes back as input of a later call.
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

pub(super) fn features(kind: Kind, body: &str) -> Vec<String> {
    let mut found = Found(Vec::new());
    if kind == Kind::Embeddings {
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
            "messages" if kind == Kind::ChatCompletions => found.scan_list("messages", value),
            "input" if kind == Kind::Responses => found.scan_list("input", value),
            _ => {}
        }
    }
    found.0
}

const MAX_NAMES: usize = 16;
const MAX_NAME_CHARS: usize = 64;

struct Found(Vec<String>);

impl Found {
    /// The caller chose part of the name: it is kept short, and without what a message cannot hold.
    fn add(&mut self, name: &str) {
        let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
        if self.0.len() < MAX_NAMES && !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    fn scan_tools(&mut self, tools: &str) {
        for tool in as_array(tools).unwrap_or_default() {
            match text_field(tool, "type") {
                Some(kind) if CALLER_SIDE_TOOLS.contains(&kind.as_str()) => {}
                kind => self.add(&format!("tools.{}", kind.as_deref().unwrap_or("unknown"))),
            }
        }
    }

    /// Messages of a chat, or items of a Responses input; the latter may be one string.
    fn scan_list(&mut self, name: &str, list: &str) {
        if as_str(list).is_some() {
            return;
        }
        let Some(items) = as_array(list) else { return self.add(name) };
        for item in items {
            self.scan_item(name, item);
        }
    }

    fn scan_item(&mut self, name: &str, item: &str) {
        let Ok(fields) = members(item) else { return self.add(name) };
        let mut kind = None;
        let mut has_inline_reasoning = false;
        for member in fields {
            let Some(value) = as_present(member.value) else { continue };
            match member.key.as_ref() {
                "type" => kind = Some(as_str(value).map_or_else(|| "unknown".to_owned(), Into::into)),
                "content" | "output" => self.scan_content(name, value),
                // An earlier spoken answer, named by its id.
                "audio" => self.add(&format!("{name}.audio")),
                "encrypted_content" => {
                    has_inline_reasoning = as_str(value).is_some_and(|text| !text.is_empty());
                }
                _ => {}
            }
        }
        match kind.as_deref() {
            None => {}
            Some(known) if INLINE_ITEMS.contains(&known) => {}
            // Reasoning without its content stands for what the provider has stored.
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
            match text_field(part, "type") {
                Some(kind) if INLINE_PARTS.contains(&kind.as_str()) => {}
                // Base64 of sound has far more bytes than the sound has tokens. A picture has not: a tiny one
                // may count thousands.
                Some(kind) if kind == "input_audio" => {}
                kind => self.add(&format!("{name}.{}", kind.as_deref().unwrap_or("unknown"))),
            }
        }
    }
}

fn text_field(object: &str, name: &str) -> Option<String> {
    let fields = members(object).ok()?;
    let field = fields.iter().rev().find(|member| member.key == name)?;
    as_str(field.value).map(Into::into)
}
