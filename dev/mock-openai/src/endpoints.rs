//! The endpoints that answer with usage, one file each, the catalogue of models, and the figures of an organization.

mod chat;
mod embeddings;
pub(crate) mod models;
pub(crate) mod organization;
mod parameters;
mod responses;

use crate::ask::Ask;
use crate::endpoint::Endpoint;
use crate::errors::Invalid;
use crate::mock::Mock;
use crate::response::Answer;

pub(crate) fn answer(endpoint: Endpoint, mock: &Mock, ask: &Ask) -> Result<Answer, Invalid> {
    match endpoint {
        Endpoint::Chat => chat::answer(mock, ask),
        Endpoint::Responses => responses::answer(mock, ask),
        Endpoint::Embeddings => embeddings::answer(ask),
    }
}
