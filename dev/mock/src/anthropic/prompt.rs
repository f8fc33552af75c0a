//! Counts the input of a message, and how much of it comes from the cache or goes into it.

use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::prompt::{quarter, words};

const PER_MESSAGE: u64 = 3;
const PER_REQUEST: u64 = 3;
const IMAGE: u64 = 85;
const DOCUMENT: u64 = 100;

/// Disjoint: their sum is the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) uncached: u64,
    pub(super) read: u64,
    pub(super) written: u64,
    pub(super) written_long: u64,
}

impl Input {
    pub(super) fn total(&self) -> u64 {
        self.uncached + self.read + self.written + self.written_long
    }
}

/// `found` are the tokens that server tools add.
pub(super) fn input(body: &Value, found: u64, behaviour: &Behaviour) -> Input {
    let total = behaviour.prompt_tokens.unwrap_or_else(|| count(body) + found);
    let set = [behaviour.cached_tokens, behaviour.cache_write_tokens, behaviour.cache_write_long_tokens];
    let mut input = if set.iter().any(Option::is_some) {
        let [read, written, written_long] = set.map(Option::unwrap_or_default);
        Input { uncached: 0, read, written, written_long }
    } else {
        by_breakpoints(body, total)
    };
    input.uncached = total.saturating_sub(input.total());
    input
}

/// Everything up to the last breakpoint is cached: what came before the last answer of the model is read, the rest
/// is written.
fn by_breakpoints(body: &Value, total: u64) -> Input {
    let Some(control) = last_control(body) else { return Input::default() };
    let cached = total.saturating_sub(PER_REQUEST);
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let answered = messages.iter().rposition(|message| message["role"] == "assistant");
    let new: u64 = match answered {
        Some(at) => messages[at + 1..].iter().map(message).sum(),
        None => cached,
    };
    let written = new.min(cached);
    let (short, long) = if control["ttl"] == "1h" { (0, written) } else { (written, 0) };
    Input { uncached: 0, read: cached - written, written: short, written_long: long }
}

/// The last `cache_control` of the request, or of the whole of it.
fn last_control(body: &Value) -> Option<&Value> {
    let messages = body["messages"].as_array().into_iter().flatten();
    let places =
        [&body["tools"], &body["system"]].into_iter().chain(messages.map(|message| &message["content"]));
    let blocks = places.flat_map(|place| place.as_array().into_iter().flatten());
    let controls = blocks.map(|block| &block["cache_control"]).chain([&body["cache_control"]]);
    controls.filter(|control| control.is_object()).reduce(|_, last| last)
}

pub(crate) fn count(body: &Value) -> u64 {
    let mut tokens = PER_REQUEST + content(&body["system"]);
    tokens += body["messages"].as_array().into_iter().flatten().map(message).sum::<u64>();
    if body["tools"].as_array().is_some_and(|tools| !tools.is_empty()) {
        tokens += quarter(&body["tools"].to_string());
    }
    tokens
}

fn message(message: &Value) -> u64 {
    PER_MESSAGE + content(&message["content"])
}

fn content(content: &Value) -> u64 {
    match content {
        Value::String(text) => words(text),
        Value::Array(blocks) => blocks.iter().map(block).sum(),
        _ => 0,
    }
}

fn block(block: &Value) -> u64 {
    match block["type"].as_str().unwrap_or_default() {
        "image" => IMAGE,
        "document" => DOCUMENT,
        "thinking" => block["thinking"].as_str().map_or(0, words),
        "tool_use" | "server_tool_use" => quarter(&block["input"].to_string()),
        "tool_result" => content(&block["content"]),
        _ => block["text"].as_str().map_or(0, words),
    }
}
