//! `POST /v1/embeddings`: vectors derived from the input, as numbers or base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::parameters::count;
use crate::errors::InvalidRequest;
use crate::output;
use crate::prompt::Prompt;
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody};
use crate::vector;

const MAX_INPUTS: usize = 2_048;

pub(crate) fn answer(request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    let input = &request.body["input"];
    let inputs: Vec<&Value> = match input {
        Value::Array(items) if items.first().is_some_and(Value::is_number) => vec![input],
        Value::Array(items) => items.iter().collect(),
        Value::String(_) => vec![input],
        _ => return Err(InvalidRequest::missing("input")),
    };
    if inputs.is_empty() || inputs.len() > MAX_INPUTS {
        return Err(InvalidRequest::param("'$.input' is invalid.", "input", "invalid_value"));
    }
    let native = if request.served_model.contains("large") { 3_072 } else { 1_536 };
    let dimensions = count(&request.body, "dimensions", 1, native)?.unwrap_or(native);
    let base64 = request.body["encoding_format"] == "base64";
    let prompt = Prompt::of_texts(&inputs, &request.behaviour);
    let usage = output::usage(prompt, 0, 0, 0, &request.behaviour);
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector::of(input, dimensions);
            let embedding = if base64 { encoded(&vector) } else { json!(vector) };
            json!({ "object": "embedding", "index": index, "embedding": embedding })
        })
        .collect();
    let body = json!({
        "object": "list",
        "data": data,
        "model": request.served_model,
        "usage": usage.falsified_by(request.fault()).embeddings(),
    });
    Ok(EndpointResponse::new(Some(usage), ResponseBody::Json(body)))
}

fn encoded(vector: &[f32]) -> Value {
    let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
    json!(STANDARD.encode(bytes))
}
