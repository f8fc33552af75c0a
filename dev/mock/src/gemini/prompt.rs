//! Counts the input of a request.

use serde_json::Value;

use super::member;
use crate::prompt::{quarter, words};

const PER_CONTENT: u64 = 3;
const PER_REQUEST: u64 = 3;
const IMAGE: u64 = 85;
const AUDIO: u64 = 50;
const FILE: u64 = 100;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub(super) total: u64,
    /// Part of the total.
    pub(super) audio: u64,
}

pub(super) fn count(body: &Value) -> Counted {
    let mut counted = Counted { total: PER_REQUEST, audio: 0 };
    let contents = body["contents"].as_array().into_iter().flatten();
    for content in contents.chain([member(body, "systemInstruction", "system_instruction")]) {
        counted.total += if content.is_null() { 0 } else { PER_CONTENT };
        for part in content["parts"].as_array().into_iter().flatten() {
            counted.add(part);
        }
    }
    if body["tools"].as_array().is_some_and(|tools| !tools.is_empty()) {
        counted.total += quarter(&body["tools"].to_string());
    }
    counted
}

/// The words of a content, without overhead.
pub(super) fn texts(content: &Value) -> u64 {
    let parts = content["parts"].as_array().into_iter().flatten();
    parts.filter_map(|part| part["text"].as_str()).map(words).sum::<u64>().max(1)
}

impl Counted {
    fn add(&mut self, part: &Value) {
        let inline = member(part, "inlineData", "inline_data");
        let kind = member(inline, "mimeType", "mime_type").as_str().unwrap_or_default();
        let call = member(part, "functionCall", "function_call");
        let result = member(part, "functionResponse", "function_response");
        self.total += match part["text"].as_str() {
            Some(text) => words(text),
            None if call.is_object() => quarter(&call["args"].to_string()),
            None if result.is_object() => quarter(&result["response"].to_string()),
            None if kind.starts_with("image/") => IMAGE,
            None if kind.starts_with("audio/") => {
                self.audio += AUDIO;
                AUDIO
            }
            None if inline.is_object() || member(part, "fileData", "file_data").is_object() => FILE,
            None => 0,
        };
    }
}
