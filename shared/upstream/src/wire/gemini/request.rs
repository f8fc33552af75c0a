//! The body of a request for content, embeddings or a count of tokens. The path names the model and whether the answer
//! is a stream.

use bytes::Bytes;
use domain::calls::Endpoint;

use super::config::{Config, read_config};
use super::json_name;
use crate::json::{Member, as_array, as_present, as_str, members};
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
    check_models(&members, &model)?;
    let new = RequestBody::new(endpoint, model, text, body.clone());
    let config = match endpoint {
        Endpoint::GenerateContent => read_config(&members, text, new.end)?,
        _ => Config::default(),
    };
    Ok(RequestBody {
        stream,
        n: config.candidates,
        shown_choices: config.candidates,
        output_bound: config.output_bound,
        output_bound_slot: config.bound_slot,
        service_tier: requested_tier(&members)?,
        include_usage: true,
        ..new
    })
}

/// A request may repeat the model in its body. Another one there could be the one that answers.
fn check_models(body: &Members<'_>, model: &str) -> Result<(), RequestError> {
    let other = RequestError::WrongType { param: "model".into(), expected: "the model of the path" };
    let is_same = |name: &str| bare(name) == bare(model);
    if body.string("model")?.is_some_and(|name| !is_same(&name)) {
        return Err(other);
    }
    for inner in ["requests", "generateContentRequest"] {
        let Some(value) = body.value(inner) else { continue };
        let requests = as_array(value).unwrap_or_else(|| vec![value]);
        let mut models = requests.into_iter().flat_map(|request| members(request).unwrap_or_default());
        let is_other = |member: Member<'_>| {
            member.key == "model"
                && as_present(member.value)
                    .is_some_and(|name| !as_str(name).is_some_and(|name| is_same(&name)))
        };
        if models.any(is_other) {
            return Err(other);
        }
    }
    Ok(())
}

fn bare(model: &str) -> &str {
    model.strip_prefix("models/").unwrap_or(model)
}

/// `unspecified` and `standard` are the tier of requests that name none.
fn requested_tier(members: &Members<'_>) -> Result<Option<String>, RequestError> {
    let tier = members.string("serviceTier")?;
    Ok(tier.filter(|tier| !matches!(tier.as_str(), "" | "unspecified" | "standard")))
}
