//! The body of a request for content, embeddings or a count of tokens. The path names the model and whether the answer
//! is a stream.

use std::ops::Range;

use bytes::Bytes;
use domain::calls::Endpoint;

use super::config::{Config, read_config};
use super::json_name;
use crate::json::{as_array, as_present, as_str, members, offset_in};
use crate::wire::members::{Members, RequestError, text_of};
use crate::wire::request::RequestBody;

pub(crate) fn parse_request(
    endpoint: Endpoint,
    model: String,
    stream: bool,
    body: Bytes,
) -> Result<RequestBody, RequestError> {
    let text = text_of(&body)?;
    let members = Members::parse_named(text, json_name)?;
    let model_members = model_members(&members, text, &model)?;
    let new = RequestBody::new(endpoint, model, text, body.clone());
    let config = match endpoint {
        Endpoint::GenerateContent => read_config(&members, text, new.end)?,
        _ => Config::default(),
    };
    Ok(RequestBody {
        stream,
        model_members,
        n: config.candidates,
        shown_choices: config.candidates,
        output_bound: config.output_bound,
        output_bound_slot: config.bound_slot,
        service_tier: requested_tier(&members)?,
        include_usage: true,
        ..new
    })
}

/// Where a request repeats the model of its path in its body. Another one there could be the one that answers.
fn model_members(body: &Members<'_>, text: &str, model: &str) -> Result<Vec<Range<usize>>, RequestError> {
    let other = RequestError::WrongType { param: "model".into(), expected: "the model of the path" };
    let is_same = |name: &str| bare(name) == bare(model);
    if body.string("model")?.is_some_and(|name| !is_same(&name)) {
        return Err(other);
    }
    let mut named: Vec<Range<usize>> =
        body.value("model").map(|value| range_in(text, value)).into_iter().collect();
    for inner in ["requests", "generateContentRequest"] {
        let Some(value) = body.value(inner) else { continue };
        let requests = as_array(value).unwrap_or_else(|| vec![value]);
        let members = requests.into_iter().flat_map(|request| members(request).unwrap_or_default());
        for member in members.filter(|member| member.key == "model") {
            let Some(name) = as_present(member.value) else { continue };
            if !as_str(name).is_some_and(|name| is_same(&name)) {
                return Err(other);
            }
            named.push(range_in(text, name));
        }
    }
    Ok(named)
}

fn range_in(text: &str, value: &str) -> Range<usize> {
    let start = offset_in(text, value);
    start..start + value.len()
}

fn bare(model: &str) -> &str {
    model.strip_prefix("models/").unwrap_or(model)
}

/// `unspecified` and `standard` are the tier of requests that name none.
fn requested_tier(members: &Members<'_>) -> Result<Option<String>, RequestError> {
    let tier = members.string("serviceTier")?;
    Ok(tier.filter(|tier| !matches!(tier.as_str(), "" | "unspecified" | "standard")))
}
