//! Counts the input tokens of a request: one per word, 3 per message, 3 per request, and fixed sizes for media.

use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::builtin::RESULT_TOKENS;

const PER_MESSAGE: u64 = 3;
const PER_REQUEST: u64 = 3;
const IMAGE: u64 = 85;
const AUDIO: u64 = 50;
const FILE: u64 = 100;
/// For a conversation or prompt that only the real provider has.
const STORED: u64 = 1_000;

/// Input tokens, and how many of them are audio.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Prompt {
    pub(crate) tokens: u64,
    pub(crate) audio: u64,
}

pub(crate) fn words(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

/// A quarter of the bytes, rounded up, for JSON, which has no words to count.
pub(crate) fn quarter(text: &str) -> u64 {
    text.len().div_ceil(4) as u64
}

impl Prompt {
    pub(crate) fn of_chat(body: &Value, behaviour: &Behaviour) -> Self {
        let mut prompt = Self { tokens: PER_REQUEST, audio: 0 };
        for message in body["messages"].as_array().into_iter().flatten() {
            prompt.add_message(message);
        }
        prompt.add_tools(body);
        prompt.adjusted(behaviour)
    }

    /// `history` counts the stored conversation before this request, `builtin_calls` what its tools find.
    pub(crate) fn of_response(
        body: &Value,
        history: Option<u64>,
        builtin_calls: usize,
        behaviour: &Behaviour,
    ) -> Self {
        let mut prompt = Self { tokens: PER_REQUEST, audio: 0 };
        if let Some(instructions) = body["instructions"].as_str() {
            prompt.tokens += PER_MESSAGE + words(instructions);
        }
        match &body["input"] {
            Value::String(text) => prompt.tokens += PER_MESSAGE + words(text),
            Value::Array(items) => items.iter().for_each(|item| prompt.add_message(item)),
            _ => {}
        }
        for stored in ["previous_response_id", "conversation", "prompt"] {
            if !body[stored].is_null() {
                let known = history.filter(|_| stored == "previous_response_id");
                prompt.tokens += known.unwrap_or(STORED);
            }
        }
        prompt.tokens += builtin_calls as u64 * RESULT_TOKENS;
        prompt.add_tools(body);
        prompt.adjusted(behaviour)
    }

    /// Counts words, or token ids if those are given; there is no overhead per message.
    pub(crate) fn of_texts(inputs: &[&Value], behaviour: &Behaviour) -> Self {
        let tokens = inputs.iter().map(|input| match input {
            Value::String(text) => words(text).max(1),
            Value::Array(ids) => ids.len() as u64,
            _ => 0,
        });
        Self { tokens: tokens.sum(), audio: 0 }.adjusted(behaviour)
    }

    fn add_message(&mut self, message: &Value) {
        self.tokens += PER_MESSAGE;
        self.add_content(&message["content"]);
        self.add_content(&message["output"]);
        self.add_call(message);
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            self.add_call(&call["function"]);
            self.add_call(&call["custom"]);
        }
    }

    /// The arguments of a function, or the input of a custom tool.
    fn add_call(&mut self, call: &Value) {
        self.tokens += call["arguments"].as_str().map_or(0, quarter);
        self.tokens += call["input"].as_str().map_or(0, quarter);
    }

    fn add_content(&mut self, content: &Value) {
        match content {
            Value::String(text) => self.tokens += words(text),
            Value::Array(parts) => parts.iter().for_each(|part| self.add_part(part)),
            _ => {}
        }
    }

    fn add_part(&mut self, part: &Value) {
        match part["type"].as_str().unwrap_or_default() {
            "image_url" | "input_image" => self.tokens += IMAGE,
            "file" | "input_file" => self.tokens += FILE,
            "input_audio" => {
                self.tokens += AUDIO;
                self.audio += AUDIO;
            }
            _ => self.tokens += part["text"].as_str().map_or(0, words),
        }
    }

    fn add_tools(&mut self, body: &Value) {
        if body["tools"].as_array().is_some_and(|tools| !tools.is_empty()) {
            self.tokens += quarter(&body["tools"].to_string());
        }
    }

    /// Applies the counts set by the request. The total grows if it is too small for its parts.
    fn adjusted(mut self, behaviour: &Behaviour) -> Self {
        self.tokens = behaviour.prompt_tokens.unwrap_or(self.tokens);
        self.audio = behaviour.input_audio_tokens.unwrap_or(self.audio);
        let cache =
            behaviour.cached_tokens.unwrap_or(0).saturating_add(behaviour.cache_write_tokens.unwrap_or(0));
        self.tokens = self.tokens.max(cache).max(self.audio);
        self
    }
}
