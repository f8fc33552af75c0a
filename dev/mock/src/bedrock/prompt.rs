//! Counts the input of a Converse, by the rules of all wires.

use serde_json::Value;

use crate::prompt::{quarter, words};

const PER_MESSAGE: u64 = 3;
const PER_REQUEST: u64 = 3;
const IMAGE: u64 = 85;
const DOCUMENT: u64 = 100;

pub(super) fn count(body: &Value) -> u64 {
    let mut tokens = PER_REQUEST + blocks(&body["system"]);
    for message in body["messages"].as_array().into_iter().flatten() {
        tokens += PER_MESSAGE + blocks(&message["content"]);
    }
    if body["toolConfig"].is_object() {
        tokens += quarter(&body["toolConfig"]["tools"].to_string());
    }
    tokens
}

fn blocks(blocks: &Value) -> u64 {
    blocks.as_array().into_iter().flatten().map(block).sum()
}

fn block(block: &Value) -> u64 {
    if let Some(text) = block["text"].as_str() {
        return words(text);
    }
    let is = |name: &str| !block[name].is_null();
    if is("image") {
        IMAGE
    } else if is("document") {
        DOCUMENT
    } else if is("toolUse") {
        quarter(&block["toolUse"]["input"].to_string())
    } else if is("toolResult") {
        blocks(&block["toolResult"]["content"])
    } else if is("json") {
        quarter(&block["json"].to_string())
    } else {
        0
    }
}
