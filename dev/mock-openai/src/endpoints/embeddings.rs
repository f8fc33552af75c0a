//! `POST /v1/embeddings`: vectors that follow from the input, as numbers or base64.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::parameters::count;
use crate::ask::Ask;
use crate::errors::Invalid;
use crate::output;
use crate::prompt::Prompt;
use crate::response::{Answer, Content};

const MAX_INPUTS: usize = 2_048;

pub(crate) fn answer(ask: &Ask) -> Result<Answer, Invalid> {
    let input = &ask.body["input"];
    let inputs: Vec<&Value> = match input {
        Value::Array(items) if items.first().is_some_and(Value::is_number) => vec![input],
        Value::Array(items) => items.iter().collect(),
        Value::String(_) => vec![input],
        _ => return Err(Invalid::missing("input")),
    };
    if inputs.is_empty() || inputs.len() > MAX_INPUTS {
        return Err(Invalid::param("'$.input' is invalid.", "input", "invalid_value"));
    }
    let native = if ask.served_model.contains("large") { 3_072 } else { 1_536 };
    let dimensions = count(&ask.body, "dimensions", 1, native)?.unwrap_or(native);
    let base64 = ask.body["encoding_format"] == "base64";
    let prompt = Prompt::of_embedding(&inputs, &ask.wanted);
    let usage = output::usage(prompt, 0, 0, 0, &ask.wanted);
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector(input, dimensions);
            let embedding = if base64 { encoded(&vector) } else { json!(vector) };
            json!({ "object": "embedding", "index": index, "embedding": embedding })
        })
        .collect();
    let body = json!({
        "object": "list",
        "data": data,
        "model": ask.served_model,
        "usage": usage.falsified_by(ask.fault()).embeddings(),
    });
    Ok(Answer { usage: Some(usage), body: Content::Json(body) })
}

/// Of length one, the same for the same input.
fn vector(input: &Value, dimensions: u64) -> Vec<f32> {
    let mut hasher = DefaultHasher::new();
    input.to_string().hash(&mut hasher);
    let mut state = hasher.finish() | 1;
    let mut vector: Vec<f32> = (0..dimensions)
        .map(|_| {
            // xorshift: good enough to tell inputs apart.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let [low, high, ..] = state.to_le_bytes();
            f32::from(i16::from_le_bytes([low, high]))
        })
        .collect();
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    for x in &mut vector {
        *x /= length;
    }
    vector
}

fn encoded(vector: &[f32]) -> Value {
    let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
    json!(STANDARD.encode(bytes))
}
