//! The body of a request for a message.

use bytes::Bytes;
use domain::calls::Endpoint;
use domain::pricing::anthropic_tier;

use crate::wire::members::{Members, RequestError, text_of};
use crate::wire::request::{RequestBody, output_bound};

pub(crate) fn parse_request(endpoint: Endpoint, body: Bytes) -> Result<RequestBody, RequestError> {
    let text = text_of(&body)?;
    let members = Members::parse(text)?;
    let model = members.model(None)?;
    let (output_bound, output_bound_member) = output_bound(endpoint, &members)?;
    Ok(RequestBody {
        stream: members.boolean("stream")?.unwrap_or_default(),
        // Containers are all that it stores, and those are kept whatever a request says.
        stores: false,
        model_members: members.range_of("model").into_iter().collect(),
        output_bound,
        output_bound_member,
        service_tier: requested_tier(&members)?,
        user: members.metadata_string("user_id")?,
        metadata_label: members.metadata_string("user_label")?,
        include_usage: true,
        ..RequestBody::new(endpoint, model, text, body.clone())
    })
}

fn requested_tier(members: &Members<'_>) -> Result<Option<String>, RequestError> {
    let (service_tier, speed) = (members.string("service_tier")?, members.string("speed")?);
    let geography = members.string("inference_geo")?;
    Ok(anthropic_tier(speed.as_deref(), geography.as_deref(), service_tier.as_deref()))
}
