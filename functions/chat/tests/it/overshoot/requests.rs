//! Random requests: every endpoint that is billed, with tools, images, audio, stored input and several choices.

use fastrand::Rng;
use serde_json::{Value, json};

use super::published::{CHAT_MODELS, COMPLETION_MODEL, EMBEDDING_MODEL, Model};

pub(super) struct Request {
    pub path: &'static str,
    pub model: &'static str,
    pub body: Value,
}

pub(super) fn request(random: &mut Rng) -> Request {
    let kind = random.u8(..16);
    let (path, model, mut body) = match kind {
        0 => ("/v1/embeddings", EMBEDDING_MODEL, json!({"input": text(random)})),
        1 => ("/v1/completions", COMPLETION_MODEL, completion(random)),
        // No price and no limits are known of it.
        2 => ("/v1/chat/completions", "unlisted-model", json!({"messages": [user(json!(text(random)))]})),
        3..=7 => {
            let model = &CHAT_MODELS[random.usize(..CHAT_MODELS.len())];
            ("/v1/chat/completions", model.name, chat(random, model))
        }
        _ => {
            let model = &CHAT_MODELS[random.usize(..CHAT_MODELS.len() - 2)];
            ("/v1/responses", model.name, response(random))
        }
    };
    body["model"] = model.into();
    if random.u8(..3) == 0 {
        body["service_tier"] = one_of(random, &["auto", "default", "flex", "priority"]).into();
    }
    if kind > 2 && random.bool() && path != "/v1/embeddings" && body["background"].is_null() {
        body["stream"] = true.into();
    }
    Request { path, model, body }
}

fn one_of<T: Copy>(random: &mut Rng, all: &[T]) -> T {
    all[random.usize(..all.len())]
}

fn text(random: &mut Rng) -> String {
    let word = one_of(random, &["word ", "数据", "🚀 ", "é"]);
    let most = one_of(random, &[1, 40, 4_000]);
    word.repeat(random.usize(1..=most))
}

fn user(content: Value) -> Value {
    json!({"role": "user", "content": content})
}

fn image_url(random: &mut Rng) -> String {
    if random.bool() {
        "https://example.com/a.png".to_owned()
    } else {
        format!("data:image/png;base64,{}", "A".repeat(random.usize(1..20_000)))
    }
}

fn detail(random: &mut Rng) -> Value {
    one_of(random, &[None, Some("low"), Some("high"), Some("auto"), Some("original")]).into()
}

fn completion(random: &mut Rng) -> Value {
    let prompts = (0..random.usize(1..4)).map(|_| json!(text(random))).collect::<Value>();
    let n = random.u64(1..3);
    let mut body = json!({"prompt": prompts, "n": n});
    if random.bool() {
        body["best_of"] = (n + random.u64(..3)).into();
    }
    if random.bool() {
        body["max_tokens"] = random.u64(1..300).into();
    }
    body
}

fn chat(random: &mut Rng, model: &Model) -> Value {
    let mut messages = Vec::new();
    for _ in 0..random.usize(1..4) {
        let content = match random.u8(..4) {
            0 => json!([{"type": "text", "text": text(random)},
                {"type": "image_url", "image_url": {"url": image_url(random), "detail": detail(random)}}]),
            1 if model.has_audio => {
                json!([{"type": "input_audio", "input_audio": {"data": "A".repeat(5_000), "format": "wav"}}])
            }
            2 if random.u8(..4) == 0 => json!([{"type": "file", "file": {"file_id": "file_1"}}]),
            _ => json!(text(random)),
        };
        messages.push(user(content));
    }
    if model.has_audio && random.bool() {
        messages.push(json!({"role": "assistant", "audio": {"id": "audio_1"}}));
        messages.push(user(json!("And then?")));
    }
    let mut body = json!({"messages": messages});
    if model.has_audio && random.bool() {
        body["modalities"] = json!(["text", "audio"]);
        body["audio"] = json!({"voice": "alloy", "format": "wav"});
    }
    if random.u8(..3) == 0 {
        body["n"] = random.u64(1..5).into();
    }
    if random.bool() {
        // Models that reason refuse the older name.
        let takes_old_name = !model.name.starts_with("gpt-5") && random.bool();
        let name = if takes_old_name { "max_tokens" } else { "max_completion_tokens" };
        body[name] = random.u64(1..3_000).into();
    }
    if random.u8(..6) == 0 {
        body["web_search_options"] = json!({});
    }
    if random.u8(..5) == 0 {
        body["tools"] = json!([{"type": "function", "function": {"name": "look_up", "parameters": {}}}]);
    }
    body
}

fn response(random: &mut Rng) -> Value {
    let input = if random.bool() { json!(text(random)) } else { items(random) };
    let mut body = json!({"input": input});
    if random.u8(..5) == 0 {
        body["previous_response_id"] = "resp_1".into();
    } else if random.u8(..8) == 0 {
        body["conversation"] = "conv_1".into();
    }
    if random.bool() {
        body["max_output_tokens"] = random.u64(16..3_000).into();
    }
    let mut tools = Vec::new();
    for tool in [
        json!({"type": "function", "name": "look_up", "parameters": {}}),
        json!({"type": "web_search"}),
        json!({"type": "web_search_preview"}),
        json!({"type": "code_interpreter", "container": {"type": "auto"}}),
        json!({"type": "code_interpreter", "container": {"type": "auto", "memory_limit": "4g"}}),
        json!({"type": "file_search", "vector_store_ids": ["vs_1"]}),
        json!({"type": "image_generation"}),
        json!({"type": "mcp", "server_label": "docs", "server_url": "https://example.com"}),
    ] {
        if random.u8(..10) == 0 {
            tools.push(tool);
        }
    }
    if !tools.is_empty() {
        body["tools"] = tools.into();
        if random.bool() {
            body["max_tool_calls"] = random.u64(1..6).into();
        }
    }
    if random.u8(..8) == 0 {
        body["background"] = true.into();
    }
    body
}

fn items(random: &mut Rng) -> Value {
    let mut items = vec![user(json!("Find it."))];
    for turn in 0..random.usize(..4) {
        items.push(match random.u8(..8) {
            0 => json!({"type": "reasoning", "id": format!("rs_{turn}"), "summary": []}),
            1 => json!({"type": "reasoning", "summary": [], "encrypted_content": text(random)}),
            2 => json!({"type": "item_reference", "id": one_of(random, &["rs_9", "msg_9"])}),
            3 => json!({"type": "web_search_call", "id": format!("ws_{turn}"), "status": "completed"}),
            4 => json!({"role": "user", "content": [{"type": "input_image", "image_url": image_url(random), "detail": detail(random)}]}),
            5 => json!({"role": "user", "content": [{"type": "input_file", "file_url": "https://example.com/a.pdf"}]}),
            _ => user(json!([{"type": "input_text", "text": text(random)}])),
        });
    }
    items.into()
}
