mod content;
mod properties;
mod request;
mod response;
mod tool_uses;
mod usage;

use bytes::Bytes;
use domain::calls::Endpoint;

use crate::wire::{RequestBody, RequestError};

fn parse(endpoint: Endpoint, body: &str) -> Result<RequestBody, RequestError> {
    RequestBody::parse(endpoint, Bytes::copy_from_slice(body.as_bytes()))
}

fn chat(body: &str) -> RequestBody {
    parse(Endpoint::ChatCompletions, body).unwrap()
}

fn sent(body: &RequestBody) -> String {
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}
