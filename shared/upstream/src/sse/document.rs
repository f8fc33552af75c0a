//! A whole document where a stream was expected: an error, a completion, or a page of a proxy.

use domain::calls::Endpoint;

use super::observed::{Observed, StreamEnding};
use crate::wire::ResponseFields;

/// Reads the document; a whole one ends the stream properly.
pub(super) fn read(endpoint: Endpoint, body: &[u8], observed: &mut Observed) {
    let Some(fields) = ResponseFields::parse(endpoint, body).filter(|fields| fields.is_whole) else {
        observed.malformed_events += 1;
        return;
    };
    observed.ending = Some(if fields.error.is_some() { StreamEnding::Failed } else { StreamEnding::Done });
    if let Some(usage) = fields.usage {
        observed.report_whole(usage);
    }
    observed.text.set_response(fields.text_bytes);
    observed.served_model = fields.served_model;
    observed.service_tier = fields.service_tier;
    observed.response_id = fields.id;
    observed.error = fields.error;
    observed.used_tools = fields.used_tools;
    observed.parts = fields.parts;
    observed.is_unbilled = fields.is_unbilled;
}
