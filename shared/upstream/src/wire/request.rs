//! A request body: the members that decide tokens and money are read, all other bytes stay as the caller sent them.

mod changes;

use std::ops::Range;

use bytes::Bytes;
use domain::calls::{Endpoint, RequestContent, Wire};

use super::anthropic;
use super::bedrock;
use super::edit::{Edit, Slot};
use super::gemini;
use super::members::{Members, RequestError};
use super::openai::{self, NamedObjects};

/// A parsed body and the changes to make to it. Changes are splices: every other byte stays as the caller sent it.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one request")]
#[derive(Debug, Clone)]
pub struct RequestBody {
    pub model: String,
    pub stream: bool,
    /// Whether the provider works on after its answer.
    pub background: bool,
    /// Whether the provider stores the response.
    pub stores: bool,
    /// Choices to generate; 1 by default.
    pub n: u64,
    /// The caller's own bound on output tokens per choice, visible and reasoning.
    pub output_bound: Option<u64>,
    pub service_tier: Option<String>,
    pub user: Option<String>,
    pub safety_identifier: Option<String>,
    /// `metadata.user_label`.
    pub metadata_label: Option<String>,
    /// Whether the caller asked for the usage chunk of a stream.
    pub include_usage: bool,
    pub(super) endpoint: Endpoint,
    pub(super) shown_choices: u64,
    pub(super) body: Bytes,
    /// Where a new member can be added: before the closing brace.
    pub(super) end: usize,
    /// Where the model is named, once or in each of several requests.
    pub(super) model_members: Vec<Range<usize>>,
    pub(super) stream_options: Option<Range<usize>>,
    pub(super) output_bound_member: Option<Range<usize>>,
    /// Where a bound of ours goes, if that is not a member of the body itself.
    pub(super) output_bound_slot: Option<Slot>,
    /// A null member, which a bound of ours replaces.
    pub(super) max_tool_calls_member: Option<Range<usize>>,
    pub(super) include_usage_edit: Option<Edit>,
    pub(super) output_bound_edit: Option<Edit>,
    pub(super) max_tool_calls_edit: Option<Edit>,
    pub(super) model_edits: Vec<Edit>,
}

impl RequestBody {
    /// Reads a body in the wire format of its endpoint. Those of Gemini and Bedrock do not name their model.
    pub fn parse(endpoint: Endpoint, body: Bytes) -> Result<Self, RequestError> {
        match endpoint.wire() {
            Wire::OpenAi => openai::parse_request(endpoint, body),
            Wire::Anthropic => anthropic::parse_request(endpoint, body),
            Wire::Gemini | Wire::Bedrock => Err(RequestError::Missing { param: "model" }),
        }
    }

    /// Reads a body of Gemini or Bedrock, whose path names the model and the kind of the answer.
    pub fn parse_of_model(
        endpoint: Endpoint,
        model: String,
        stream: bool,
        body: Bytes,
    ) -> Result<Self, RequestError> {
        match endpoint.wire() {
            Wire::Bedrock => bedrock::parse_request(endpoint, model, stream, body),
            _ => gemini::parse_request(endpoint, model, stream, body),
        }
    }

    /// A body in OpenAI's format whose model the path names, whatever the body says.
    pub fn parse_of_deployment(
        endpoint: Endpoint,
        deployment: &str,
        body: Bytes,
    ) -> Result<Self, RequestError> {
        let parsed = openai::parse_request_with(endpoint, Some(deployment), body)?;
        // A member that is added needs one before it.
        if parsed.body.iter().filter(|byte| !byte.is_ascii_whitespace()).eq(b"{}") {
            return Err(RequestError::Missing { param: "messages" });
        }
        Ok(Self { model: deployment.to_owned(), ..parsed })
    }

    /// A body of which only the model is known yet; `text` is the text of `body`.
    pub(super) fn new(endpoint: Endpoint, model: String, text: &str, body: Bytes) -> Self {
        Self {
            model,
            stream: false,
            background: false,
            stores: false,
            n: 1,
            output_bound: None,
            service_tier: None,
            user: None,
            safety_identifier: None,
            metadata_label: None,
            include_usage: false,
            shown_choices: 1,
            end: text.trim_end_matches([' ', '\t', '\r', '\n']).len().saturating_sub(1),
            model_members: Vec::new(),
            stream_options: None,
            output_bound_member: None,
            output_bound_slot: None,
            max_tool_calls_member: None,
            include_usage_edit: None,
            output_bound_edit: None,
            max_tool_calls_edit: None,
            model_edits: Vec::new(),
            endpoint,
            body,
        }
    }

    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Whether more choices are generated, and billed, than the answer shows.
    pub fn hides_choices(&self) -> bool {
        self.n > self.shown_choices
    }

    /// What decides how much the provider can bill. Walks the whole body.
    pub fn content(&self) -> RequestContent {
        let Ok(text) = std::str::from_utf8(&self.body) else { return RequestContent::text(self.body.len()) };
        match self.endpoint.wire() {
            Wire::OpenAi => openai::content(self.endpoint, text),
            Wire::Anthropic => anthropic::content(self.endpoint, text),
            Wire::Gemini => gemini::content(self.endpoint, text),
            Wire::Bedrock => bedrock::content(self.endpoint, &self.model, text),
        }
    }

    /// Objects at the provider that the request refers to.
    pub fn named_objects(&self) -> NamedObjects {
        let Ok(text) = std::str::from_utf8(&self.body) else { return NamedObjects::default() };
        match self.endpoint.wire() {
            Wire::OpenAi => NamedObjects::of(self.endpoint, text),
            Wire::Anthropic => anthropic::named_objects(text),
            // Files and cached content are not made by calls.
            Wire::Gemini | Wire::Bedrock => NamedObjects::default(),
        }
    }
}

/// The caller's output bound, and where the member is that a bound of ours replaces.
pub(super) fn output_bound(
    endpoint: Endpoint,
    members: &Members<'_>,
) -> Result<(Option<u64>, Option<Range<usize>>), RequestError> {
    let params = output_bound_params(endpoint);
    let mut largest: Option<(u64, &str)> = None;
    for param in params {
        // The provider refuses two bounds in one request; counting the larger one is safe whichever it would take.
        if let Some(bound) = members.count(param)?
            && largest.is_none_or(|(other, _)| bound >= other)
        {
            largest = Some((bound, param));
        }
    }
    // A null member is replaced as well: a second member of the same name would be ambiguous.
    let member = largest.map(|(_, param)| param).or(params.first().copied());
    Ok((largest.map(|(bound, _)| bound), member.and_then(|param| members.range_of(param))))
}

/// The members that bound output; the first is the one to fill in.
fn output_bound_params(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint {
        Endpoint::LlmChat | Endpoint::ChatCompletions => &["max_completion_tokens", "max_tokens"],
        Endpoint::Responses => &["max_output_tokens"],
        Endpoint::Completions | Endpoint::Messages => &["max_tokens"],
        Endpoint::Embeddings
        | Endpoint::ResponsesCompact
        | Endpoint::ResponsesInputTokens
        | Endpoint::Moderations
        | Endpoint::ResponsesRetrieve
        | Endpoint::ResponsesDelete
        | Endpoint::ResponsesCancel
        | Endpoint::ResponsesInputItems
        | Endpoint::MessagesCountTokens
        // Its member is not one of the body itself.
        | Endpoint::GenerateContent
        | Endpoint::EmbedContent
        | Endpoint::BatchEmbedContents
        | Endpoint::CountTokens
        | Endpoint::Converse
        | Endpoint::InvokeModel
        | Endpoint::BedrockCountTokens => &[],
    }
}
