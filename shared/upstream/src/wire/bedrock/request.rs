//! The body of a request to Bedrock. The path names the model and whether the answer is a stream.

use std::borrow::Cow;

use bytes::Bytes;
use domain::calls::{Endpoint, RequestContent};
use http::HeaderMap;

use super::family::{BoundPlace, Family};
use super::{field, nested};
use crate::json::{as_str, as_text, members};
use crate::wire::members::{Members, RequestError, text_of};
use crate::wire::request::RequestBody;

const CONVERSE_BOUND: BoundPlace = BoundPlace::Nested("inferenceConfig", "maxTokens");
/// The guardrail of an Invoke, which is no part of its body.
const GUARDRAIL: &str = "x-amzn-bedrock-guardrailidentifier";

pub(crate) fn parse_request(
    endpoint: Endpoint,
    model: String,
    stream: bool,
    body: Bytes,
) -> Result<RequestBody, RequestError> {
    let text = text_of(&body)?;
    let members = Members::parse(text)?;
    // Bodies in OpenAI's format may repeat it. Another one there could be the one that answers.
    if members.string("model")?.is_some_and(|name| bare_model(&name) != model) {
        return Err(RequestError::WrongType { param: "model".into(), expected: "the model of the path" });
    }
    let new =
        RequestBody { stream, include_usage: true, ..RequestBody::new(endpoint, model, text, body.clone()) };
    match endpoint {
        Endpoint::Converse => parse_converse(&members, text, new),
        Endpoint::InvokeModel => parse_invoke(&members, text, new),
        _ => Ok(new),
    }
}

fn parse_converse(members: &Members<'_>, text: &str, new: RequestBody) -> Result<RequestBody, RequestError> {
    let (output_bound, slot) = nested::read(members, text, new.end, CONVERSE_BOUND)?;
    let tier = kind_in(members, "serviceTier", "type")?;
    let latency = kind_in(members, "performanceConfig", "latency")?;
    Ok(RequestBody {
        output_bound,
        output_bound_slot: Some(slot),
        service_tier: requested_tier(tier, latency),
        metadata_label: label(members)?,
        ..new
    })
}

fn parse_invoke(members: &Members<'_>, text: &str, new: RequestBody) -> Result<RequestBody, RequestError> {
    let family = Family::of(&new.model, members.value("anthropic_version").is_some());
    let mut bound = None;
    let mut slot = None;
    for place in family.bound_places() {
        let (found, own_slot) = nested::read(members, text, new.end, *place)?;
        // Counting the larger of two is safe whichever the model takes.
        if found.is_some() && found >= bound {
            (bound, slot) = (found, Some(own_slot));
        } else {
            slot = slot.or(Some(own_slot));
        }
    }
    Ok(RequestBody {
        output_bound: if family == Family::WithoutText { Some(0) } else { bound },
        // Where the format is not known, a member of ours may be one that the model refuses.
        output_bound_slot: slot.filter(|_| family != Family::Unknown || bound.is_some()),
        user: members.metadata_string("user_id")?,
        metadata_label: members.metadata_string("user_label")?,
        ..new
    })
}

/// A text of an object.
fn kind_in(
    body: &Members<'_>,
    object: &'static str,
    name: &'static str,
) -> Result<Option<String>, RequestError> {
    let Some(value) = body.value(object) else { return Ok(None) };
    let wrong = || RequestError::WrongType { param: object.into(), expected: "an object" };
    Ok(field(&members(value).map_err(|_| wrong())?, name).and_then(as_text))
}

/// `requestMetadata.user_label`
fn label(body: &Members<'_>) -> Result<Option<String>, RequestError> {
    let Some(Ok(fields)) = body.value("requestMetadata").map(members) else { return Ok(None) };
    let Some(label) = field(&fields, "user_label") else { return Ok(None) };
    let wrong =
        || RequestError::WrongType { param: "requestMetadata.user_label".into(), expected: "a string" };
    as_str(label).map(|label| Some(label.into_owned())).ok_or_else(wrong)
}

/// A latency that is optimised has prices of its own, whatever the tier.
fn requested_tier(tier: Option<String>, latency: Option<String>) -> Option<String> {
    latency.filter(|latency| latency == "optimized").or(tier).filter(|tier| tier != "default")
}

/// What the headers of an Invoke say that the body of a Converse does.
pub fn add_headers(body: &mut RequestBody, content: &mut RequestContent, headers: &HeaderMap) {
    if body.endpoint != Endpoint::InvokeModel {
        return;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    body.service_tier =
        requested_tier(text("x-amzn-bedrock-service-tier"), text("x-amzn-bedrock-performanceconfig-latency"));
    if headers.contains_key(GUARDRAIL) {
        content.unbounded.push(GUARDRAIL.to_owned());
        content.tools.push("guardrail".to_owned());
    }
}

/// The name that has the price of what a path names: of the ARN of a model or of a profile that AWS defines, its id. The
/// ARN of a profile of one's own says nothing of its model and stays.
pub fn bare_model(model: &str) -> Cow<'_, str> {
    let mut decoded = Cow::Borrowed(model);
    // Clients encode it once or twice.
    for _ in 0..2 {
        if !decoded.contains('%') {
            break;
        }
        let once = percent_encoding::percent_decode_str(&decoded).decode_utf8_lossy().into_owned();
        decoded = Cow::Owned(once);
    }
    let resource = decoded.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4));
    let of_model = resource.and_then(|resource| resource.split_once('/')).and_then(|(kind, id)| {
        matches!(kind, "foundation-model" | "inference-profile").then(|| id.to_owned())
    });
    of_model.map_or(decoded, Cow::Owned)
}
