//! A response in one piece: content, embeddings, a count of tokens, an error; or all chunks of a stream as one array.

use super::stream::read_chunk;
use crate::json::{read_array, read_object};
use crate::sse::Observed;
use crate::wire::response::ResponseFields;

pub(crate) fn parse_response(body: &str) -> Option<ResponseFields> {
    let mut observed = Observed::default();
    let is_whole = if body.trim_start().starts_with('[') {
        let chunks = read_array(body);
        read_object(chunks.first()?)?;
        for chunk in &chunks {
            read_chunk(chunk, 1, &mut observed);
        }
        body.trim_end().ends_with(']')
    } else {
        let is_whole = read_object(body)?.is_whole;
        read_chunk(body, 1, &mut observed);
        is_whole
    };
    let text_bytes = observed.text_bytes();
    Some(ResponseFields {
        usage: observed.usage,
        served_model: observed.served_model,
        service_tier: observed.service_tier,
        id: observed.response_id,
        error: observed.error,
        text_bytes,
        is_whole,
        used_tools: observed.used_tools,
        ..ResponseFields::default()
    })
}
