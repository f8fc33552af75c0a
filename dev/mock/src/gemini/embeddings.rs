//! `:embedContent` and `:batchEmbedContents`. Their answers have no usage.

use serde_json::{Value, json};

use super::{member, prompt};
use crate::endpoint::Endpoint;
use crate::errors::InvalidRequest;
use crate::request::ModelRequest;
use crate::response::{EndpointResponse, ResponseBody};
use crate::usage::Usage;
use crate::vector;

const DIMENSIONS: u64 = 3_072;

pub(crate) fn answer(endpoint: Endpoint, request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    let body = &request.body;
    let inputs: Vec<&Value> = match endpoint {
        Endpoint::BatchEmbed => body["requests"].as_array().into_iter().flatten().collect(),
        _ => vec![body],
    };
    if inputs.is_empty() || inputs.iter().any(|input| !input["content"].is_object()) {
        return Err(InvalidRequest::new("* EmbedContentRequest.content: contents is not specified\n"));
    }
    let embedding = |input: &&Value| {
        let dimensions = member(input, "outputDimensionality", "output_dimensionality").as_u64();
        json!({ "values": vector::of(&input["content"], dimensions.unwrap_or(DIMENSIONS).min(DIMENSIONS)) })
    };
    let embeddings: Vec<Value> = inputs.iter().map(embedding).collect();
    let counted = inputs.iter().map(|input| prompt::texts(&input["content"]));
    let input_tokens = request.behaviour.prompt_tokens.unwrap_or_else(|| counted.sum());
    let answer = match endpoint {
        Endpoint::BatchEmbed => json!({ "embeddings": embeddings }),
        _ => json!({ "embedding": embeddings[0] }),
    };
    let usage = Usage { input_tokens, ..Usage::default() };
    Ok(EndpointResponse::new(Some(usage), ResponseBody::Json(answer)))
}
