//! The responses that the provider keeps, for later retrieval and as the start of further ones.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use crate::call::DeferredCall;
use crate::mock::Mock;
use crate::response::SseEvent;
use crate::usage::Usage;

/// Older responses are dropped: a long benchmark must not fill the memory.
const KEPT: usize = 1_024;
const KEPT_BYTES: usize = 64 << 20;

#[derive(Debug)]
pub(crate) struct StoredResponse {
    pub(crate) object: Value,
    /// The conversation that the response answers, oldest first; each item has an id.
    pub(crate) input: Vec<Value>,
    /// The events of a background stream, which can be read again.
    pub(crate) events: Vec<SseEvent>,
    pub(crate) background: Option<BackgroundWork>,
    /// Approximate size.
    pub(crate) bytes: usize,
}

/// Work that ends when the response is retrieved often enough.
#[derive(Debug)]
pub(crate) struct BackgroundWork {
    pub(crate) polls_left: u32,
    pub(crate) usage: Usage,
    pub(crate) result: Value,
    pub(crate) call: Option<DeferredCall>,
}

/// What a response that continues another one starts with.
#[derive(Debug, Default)]
pub(crate) struct ResponseHistory {
    pub(crate) items: Vec<Value>,
    /// The tokens of the earlier response, all of which are input again; `None` if it is not stored.
    pub(crate) tokens: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct ResponseStore {
    responses: HashMap<String, StoredResponse>,
    order: VecDeque<String>,
    bytes: usize,
}

impl ResponseStore {
    pub(crate) fn add(&mut self, response: StoredResponse) {
        let Some(id) = response.object["id"].as_str().map(ToOwned::to_owned) else { return };
        self.bytes += response.bytes;
        self.order.push_back(id.clone());
        self.responses.insert(id, response);
        while self.order.len() > KEPT || (self.bytes > KEPT_BYTES && self.order.len() > 1) {
            if let Some(oldest) = self.order.pop_front() {
                self.remove(&oldest);
            }
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&StoredResponse> {
        self.responses.get(id)
    }

    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let removed = self.responses.remove(id);
        self.bytes -= removed.as_ref().map_or(0, |response| response.bytes);
        removed.is_some()
    }

    /// One more retrieval: returns the response as it is now, and the call that has just ended.
    pub(crate) fn poll(&mut self, id: &str) -> Option<(Value, Option<DeferredCall>)> {
        let response = self.responses.get_mut(id)?;
        let mut ended = None;
        match &mut response.background {
            Some(work) if work.polls_left > 0 => {
                work.polls_left -= 1;
                response.object["status"] = json!("in_progress");
            }
            Some(work) => {
                response.object = work.result.take();
                ended = work.call.take();
                response.background = None;
            }
            None => {}
        }
        Some((response.object.clone(), ended))
    }

    /// Ends background work without a result. `None` if there is no such response, or it never ran in the background.
    pub(crate) fn cancel(&mut self, id: &str) -> Option<Value> {
        let response = self.responses.get_mut(id).filter(|response| response.object["background"] == true)?;
        if response.background.take().is_some() {
            response.object["status"] = json!("cancelled");
        }
        Some(response.object.clone())
    }

    /// The conversation that a request continues.
    pub(crate) fn history(&self, body: &Value) -> ResponseHistory {
        let previous = body["previous_response_id"].as_str().and_then(|id| self.get(id));
        let Some(previous) = previous else { return ResponseHistory::default() };
        let output = previous.object["output"].as_array().into_iter().flatten();
        ResponseHistory {
            items: previous.input.iter().chain(output).cloned().collect(),
            tokens: previous.object["usage"]["total_tokens"].as_u64(),
        }
    }
}

/// The request's own input, as items with ids.
pub(crate) fn input_items(body: &Value) -> Vec<Value> {
    let items = match &body["input"] {
        Value::String(text) => vec![json!({ "role": "user", "content": text })],
        Value::Array(items) => items.clone(),
        _ => Vec::new(),
    };
    items.into_iter().map(with_id).collect()
}

fn with_id(mut item: Value) -> Value {
    if item["type"].is_null() {
        item["type"] = json!("message");
    }
    if item["type"] == "message"
        && let Some(text) = item["content"].as_str()
    {
        let kind = if item["role"] == "assistant" { "output_text" } else { "input_text" };
        item["content"] = json!([{ "type": kind, "text": text }]);
    }
    if item["id"].is_null() {
        item["id"] = json!(Mock::next_id("item_"));
    }
    item
}
