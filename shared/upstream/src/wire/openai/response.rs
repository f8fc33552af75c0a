//! A response in OpenAI's format, whichever of its endpoints sent it.

use domain::calls::Endpoint;

use super::made_objects::MadeObjects;
use super::usage::parse_usage;
use crate::json::{as_array, as_present, as_text, members, read_object, text_bytes};
use crate::wire::response::ResponseFields;
use crate::wire::upstream_error::{UpstreamError, parse_error};

pub(crate) fn parse_response(endpoint: Endpoint, body: &str) -> Option<ResponseFields> {
    let object = read_object(body)?;
    let mut read = ResponseFields { is_whole: object.is_whole, ..ResponseFields::default() };
    let mut is_error_object = false;
    for member in &object.members {
        let Some(value) = as_present(member.value) else { continue };
        match member.key.as_ref() {
            "usage" => read.usage = parse_usage(value).or(read.usage),
            "model" => read.served_model = as_text(value),
            "service_tier" => read.service_tier = as_text(value),
            "id" => read.id = as_text(value),
            "status" if endpoint.returns_response() => read.status = as_text(value),
            "object" => is_error_object = as_text(value).is_some_and(|kind| kind == "error"),
            "error" => read.error = parse_error(value),
            "output" if endpoint.returns_response() => {
                read.used_tools.add_output(value);
                read.made.add_items(value);
            }
            "output" if endpoint == Endpoint::ResponsesCompact => read.made.add_items(value),
            "choices" if endpoint == Endpoint::ChatCompletions => add_audio(&mut read.made, value),
            "data" if endpoint == Endpoint::ResponsesInputItems => read.made.add_items(value),
            _ => {}
        }
    }
    if let Some(id) = read.id.as_deref().filter(|_| endpoint.makes_objects()) {
        read.made.add_response(id);
    }
    if read.error.is_none() && is_error_object {
        read.error = parse_error(body);
    }
    if read.error.is_none() && read.status.as_deref() == Some("failed") {
        read.error =
            Some(UpstreamError { code: Some("response_failed".to_owned()), ..UpstreamError::default() });
    }
    if !read.has_whole_usage() {
        let generated = object.members.iter().filter(|member| matches!(&*member.key, "choices" | "output"));
        read.text_bytes = generated.map(|member| text_bytes(member.value)).sum();
    }
    Some(read)
}

fn add_audio(made: &mut MadeObjects, choices: &str) {
    for choice in as_array(choices).unwrap_or_default() {
        let members = members(choice).unwrap_or_default();
        members
            .iter()
            .filter(|member| member.key == "message")
            .for_each(|member| made.add_audio(member.value));
    }
}
