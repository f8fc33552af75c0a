//! The body of a request in OpenAI's format.

use std::ops::Range;

use bytes::Bytes;
use domain::calls::Endpoint;

use super::choices::Choices;
use crate::json::{members, offset_in};
use crate::wire::edit::Edit;
use crate::wire::members::{Members, RequestError, text_of};
use crate::wire::request::{RequestBody, output_bound};

const USAGE_OPTIONS: &str = r#"{"include_usage":true}"#;

pub(crate) fn parse_request(endpoint: Endpoint, body: Bytes) -> Result<RequestBody, RequestError> {
    parse_request_with(endpoint, endpoint.default_model(), body)
}

/// A request that may leave the model out.
pub(crate) fn parse_request_with(
    endpoint: Endpoint,
    default_model: Option<&str>,
    body: Bytes,
) -> Result<RequestBody, RequestError> {
    let text = text_of(&body)?;
    let members = Members::parse(text)?;
    let model = members.model(default_model)?;
    let (output_bound, output_bound_member) = output_bound(endpoint, &members)?;
    members.count("max_tool_calls")?;
    let choices = Choices::of(endpoint, &members)?;
    Ok(RequestBody {
        stream: members.boolean("stream")?.unwrap_or_default(),
        // The provider refuses any other value.
        background: members.boolean("background").unwrap_or_default().unwrap_or_default(),
        // It does unless the request says otherwise.
        stores: members.value("store") != Some("false"),
        n: choices.generated,
        shown_choices: choices.shown,
        output_bound,
        service_tier: members.string("service_tier")?,
        user: members.string("user")?,
        safety_identifier: members.string("safety_identifier")?,
        metadata_label: members.metadata_string("user_label")?,
        include_usage: members.include_usage()?,
        model_members: members.range_of("model").into_iter().collect(),
        stream_options: members.range_of("stream_options"),
        output_bound_member,
        max_tool_calls_member: members.range_of("max_tool_calls"),
        ..RequestBody::new(endpoint, model, text, body.clone())
    })
}

/// Turns on `include_usage`, in the `stream_options` at `range` or in new ones.
pub(crate) fn include_usage_edit(body: &[u8], stream_options: Option<&Range<usize>>, end: usize) -> Edit {
    let Some(range) = stream_options else {
        return Edit::new_member(end, "stream_options", USAGE_OPTIONS);
    };
    edit_inside(body, range).unwrap_or_else(|| Edit { range: range.clone(), text: USAGE_OPTIONS.to_owned() })
}

/// The change inside an existing `stream_options` object; `None` if it is null.
fn edit_inside(body: &[u8], range: &Range<usize>) -> Option<Edit> {
    let options = std::str::from_utf8(body.get(range.clone())?).ok()?;
    let fields = members(options).ok()?;
    if let Some(member) = fields.iter().find(|member| member.key == "include_usage") {
        let start = range.start + offset_in(options, member.value);
        return Some(Edit { range: start..start + member.value.len(), text: "true".to_owned() });
    }
    let text = if fields.is_empty() { r#""include_usage":true"# } else { r#""include_usage":true,"# };
    Some(Edit { range: range.start + 1..range.start + 1, text: text.to_owned() })
}
