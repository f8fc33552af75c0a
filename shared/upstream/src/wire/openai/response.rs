//! A response in OpenAI's format, whichever of its endpoints sent it.

use domain::calls::Endpoint;
use domain::usage::ReportedUsage;

use super::made_objects::{MadeObjects, may_name_audio};
use super::usage::{UsagePlaces, parse_usage};
use crate::json::{Member, as_array, as_present, as_text, members, read_array, read_object, text_bytes};
use crate::wire::response::ResponseFields;
use crate::wire::upstream_error::{UpstreamError, parse_detail, parse_error};

pub(crate) fn parse_response(endpoint: Endpoint, body: &str) -> Option<ResponseFields> {
    let object = read_object(body)?;
    let mut read = ResponseFields { is_whole: object.is_whole, ..ResponseFields::default() };
    let mut is_error_object = false;
    let mut detail = None;
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
            "detail" => detail = parse_detail(value),
            "output" if endpoint.returns_response() => {
                read.used_tools.add_output(value);
                read.made.add_items(value);
            }
            "output" if endpoint == Endpoint::ResponsesCompact => read.made.add_items(value),
            "choices" if endpoint == Endpoint::ChatCompletions && may_name_audio(value) => {
                add_audio(&mut read.made, value);
            }
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
    if read.usage.is_none() {
        read.usage = usage_in_other_places(&object.members);
    }
    if read.error.is_none() && read.usage.is_none() {
        // The errors of servers that are written with FastAPI.
        read.error = detail.filter(|_| read.id.is_none()).or_else(|| error_of_choice(&object.members));
    }
    if !read.has_whole_usage() {
        let generated = object.members.iter().filter(|member| matches!(&*member.key, "choices" | "output"));
        read.text_bytes = generated.map(|member| text_bytes(member.value)).sum();
    }
    Some(read)
}

/// The usage of providers that do not report it as `usage`.
fn usage_in_other_places(members: &[Member<'_>]) -> Option<ReportedUsage> {
    let mut places = UsagePlaces::default();
    for member in members {
        match member.key.as_ref() {
            "x_groq" => places.read_groq(member.value),
            "choices" => places.read_choices(member.value),
            _ => {}
        }
    }
    parse_usage(places.first()?)
}

/// A router's report of what failed at one of its providers, beside a finish reason `error`.
fn error_of_choice(body: &[Member<'_>]) -> Option<UpstreamError> {
    let choices = body.iter().rfind(|member| member.key == "choices")?;
    let choice = read_object(read_array(choices.value).first()?)?.members;
    let error = choice.iter().rfind(|member| member.key == "error")?;
    as_present(error.value).and_then(parse_error)
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
