//! The endpoints: one file each for those that report usage, the free ones, and the organization's reports.

mod chat;
mod completions;
mod embeddings;
pub(crate) mod models;
pub(crate) mod moderations;
pub(crate) mod organization;
mod parameters;
pub(crate) mod responses;

use crate::endpoint::Endpoint;
use crate::errors::InvalidRequest;
use crate::request::ModelRequest;
use crate::response::EndpointResponse;
use crate::{anthropic, bedrock, gemini};

pub(crate) fn answer(endpoint: Endpoint, request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    match endpoint {
        Endpoint::Chat => chat::answer(request),
        Endpoint::Responses => responses::answer(request),
        Endpoint::Embeddings => embeddings::answer(request),
        Endpoint::Completions => completions::answer(request),
        Endpoint::Compact => responses::compact(request),
        Endpoint::Messages => anthropic::answer(request),
        Endpoint::GenerateContent | Endpoint::StreamContent => gemini::answer(request),
        Endpoint::Converse | Endpoint::ConverseStream => bedrock::converse(request),
        Endpoint::Invoke | Endpoint::InvokeStream => bedrock::invoke(request),
        Endpoint::EmbedContent | Endpoint::BatchEmbed => gemini::embed(endpoint, request),
    }
}
