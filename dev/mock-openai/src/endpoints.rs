//! The endpoints: one file each for those that report usage, the model catalogue, and the organization's reports.

mod chat;
mod embeddings;
pub(crate) mod models;
pub(crate) mod organization;
mod parameters;
mod responses;

use crate::endpoint::Endpoint;
use crate::errors::InvalidRequest;
use crate::request::ModelRequest;
use crate::response::EndpointResponse;

pub(crate) fn answer(endpoint: Endpoint, request: &ModelRequest) -> Result<EndpointResponse, InvalidRequest> {
    match endpoint {
        Endpoint::Chat => chat::answer(request),
        Endpoint::Responses => responses::answer(request),
        Endpoint::Embeddings => embeddings::answer(request),
    }
}
