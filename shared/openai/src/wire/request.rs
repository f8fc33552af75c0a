//! A request body: the members that decide tokens and money are read, everything else stays the bytes it was.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::{Kind, Member, as_bool, as_present, as_str, members, offset_in, unbounded};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("the body is not valid JSON (at byte {offset})")]
    NotJson { offset: usize },
    #[error("the body must be a JSON object")]
    NotAnObject,
    #[error("'{param}' is required")]
    Missing { param: &'static str },
    #[error("'{param}' must not be empty")]
    Empty { param: &'static str },
    #[error("'{param}' must be {expected}")]
    WrongType { param: &'static str, expected: &'static str },
    /// Two readers of the same body could take different values; one of them decides the price.
    #[error("'{param}' is given more than once")]
    Duplicate { param: String },
}

impl RequestError {
    /// The `param` of the error object.
    pub fn param(&self) -> Option<&str> {
        match self {
            Self::NotJson { .. } | Self::NotAnObject => None,
            Self::Missing { param } | Self::Empty { param } | Self::WrongType { param, .. } => Some(param),
            Self::Duplicate { param } => Some(param),
        }
    }
}

/// A parsed body and the changes to make to it. Changes are splices: every other byte stays as the caller sent it.
#[derive(Debug, Clone)]
pub struct RequestBody {
    pub model: String,
    pub stream: bool,
    /// Choices asked for; 1 where the caller does not say.
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
    kind: Kind,
    body: Bytes,
    /// Where a further member can be added: the closing brace.
    end: usize,
    stream_options: Option<Range<usize>>,
    output_bound_member: Option<Range<usize>>,
    include_usage_edit: Option<Edit>,
    output_bound_edit: Option<Edit>,
}

const USAGE_OPTIONS: &str = r#"{"include_usage":true}"#;

#[derive(Debug, Clone)]
struct Edit {
    range: Range<usize>,
    text: String,
}

impl RequestBody {
    pub fn parse(kind: Kind, body: Bytes) -> Result<Self, RequestError> {
        let text = std::str::from_utf8(&body)
            .map_err(|error| RequestError::NotJson { offset: error.valid_up_to() })?;
        let fields = parse_object(text)?;
        let find = |param| fields.iter().find(|member| member.key == param).and_then(present);

        let model = string(&fields, "model")?.ok_or(RequestError::Missing { param: "model" })?;
        if model.trim().is_empty() {
            return Err(RequestError::Empty { param: "model" });
        }
        let stream_options = find("stream_options");
        // Both bounds are refused together by the provider; the larger one is safe whichever it takes.
        let mut bounds = Vec::new();
        for param in kind.output_bound_params() {
            if let Some(bound) = count(&fields, param)? {
                bounds.push((bound, find(param)));
            }
        }
        let largest = bounds.into_iter().max_by_key(|bound| bound.0);
        let range_of = |value: &str| {
            let start = offset_in(text, value);
            start..start + value.len()
        };
        Ok(Self {
            model,
            stream: boolean(&fields, "stream")?.unwrap_or_default(),
            n: if kind == Kind::ChatCompletions { count(&fields, "n")?.unwrap_or(1).max(1) } else { 1 },
            output_bound: largest.map(|bound| bound.0),
            service_tier: string(&fields, "service_tier")?,
            user: string(&fields, "user")?,
            safety_identifier: string(&fields, "safety_identifier")?,
            metadata_label: metadata_label(find("metadata"))?,
            include_usage: match stream_options {
                Some(options) => asks_for_usage(options)?,
                None => false,
            },
            end: text.trim_end_matches([' ', '\t', '\r', '\n']).len().saturating_sub(1),
            stream_options: member_range(&fields, "stream_options", range_of),
            output_bound_member: match largest {
                Some((_, value)) => value.map(range_of),
                None => kind
                    .output_bound_params()
                    .first()
                    .and_then(|param| member_range(&fields, param, range_of)),
            },
            include_usage_edit: None,
            output_bound_edit: None,
            kind,
            body,
        })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// UTF-8 bytes of the body: no text in it can be more tokens than that.
    pub fn input_bound_tokens(&self) -> i64 {
        i64::try_from(self.body.len()).unwrap_or(i64::MAX)
    }

    /// Parts of the request whose tokens or fees no number in the body bounds, as names for an error message.
    /// Empty where the bound holds. Walks the whole body: only for callers under a hard limit.
    pub fn unbounded(&self) -> Vec<String> {
        std::str::from_utf8(&self.body).map(|text| unbounded::features(self.kind, text)).unwrap_or_default()
    }

    /// Turns `stream_options.include_usage` on upstream. The field `include_usage` keeps the caller's wish.
    #[must_use]
    pub fn with_include_usage(mut self) -> Self {
        if self.kind != Kind::ChatCompletions || self.include_usage {
            return self;
        }
        self.include_usage_edit = Some(match &self.stream_options {
            None => self.new_member("stream_options", USAGE_OPTIONS),
            Some(range) => self
                .usage_option_edit(range.clone())
                .unwrap_or_else(|| Edit { range: range.clone(), text: USAGE_OPTIONS.to_owned() }),
        });
        self
    }

    /// Sets the bound on output tokens per choice, in the member that holds the caller's or in a new one.
    /// Embeddings have no output and stay as they are.
    #[must_use]
    pub fn with_output_bound(mut self, tokens: u64) -> Self {
        let Some(param) = self.kind.output_bound_params().first() else { return self };
        self.output_bound_edit = Some(match &self.output_bound_member {
            Some(range) => Edit { range: range.clone(), text: tokens.to_string() },
            None => self.new_member(param, &tokens.to_string()),
        });
        self.output_bound = Some(tokens);
        self
    }

    /// The body to send: the caller's own bytes, with nothing but the changes asked for.
    pub fn to_bytes(&self) -> Bytes {
        let mut edits: Vec<&Edit> =
            [&self.include_usage_edit, &self.output_bound_edit].into_iter().flatten().collect();
        if edits.is_empty() {
            return self.body.clone();
        }
        edits.sort_by_key(|edit| edit.range.start);
        let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
        let mut changed = BytesMut::with_capacity(self.body.len() + added);
        let mut copied = 0;
        for edit in edits {
            changed.extend_from_slice(&self.body[copied..edit.range.start]);
            changed.extend_from_slice(edit.text.as_bytes());
            copied = edit.range.end;
        }
        changed.extend_from_slice(&self.body[copied..]);
        changed.freeze()
    }

    fn new_member(&self, name: &str, value: &str) -> Edit {
        // There is always a member before it: a body without `model` is not parsed.
        Edit { range: self.end..self.end, text: format!(r#","{name}":{value}"#) }
    }

    /// The change inside an existing `stream_options` object; `None` where it is null.
    fn usage_option_edit(&self, range: Range<usize>) -> Option<Edit> {
        let options = std::str::from_utf8(&self.body[range.clone()]).ok()?;
        let fields = members(options).ok()?;
        if let Some(member) = fields.iter().find(|member| member.key == "include_usage") {
            let start = range.start + offset_in(options, member.value);
            return Some(Edit { range: start..start + member.value.len(), text: "true".to_owned() });
        }
        let text = if fields.is_empty() { r#""include_usage":true"# } else { r#""include_usage":true,"# };
        Some(Edit { range: range.start + 1..range.start + 1, text: text.to_owned() })
    }
}

impl Kind {
    /// The members that bound output, the one to fill in first.
    fn output_bound_params(self) -> &'static [&'static str] {
        match self {
            Self::ChatCompletions => &["max_completion_tokens", "max_tokens"],
            Self::Responses => &["max_output_tokens"],
            Self::Embeddings => &[],
        }
    }
}

fn parse_object(text: &str) -> Result<Vec<Member<'_>>, RequestError> {
    let fields = members(text).map_err(|error| {
        if error.is_data() && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
            RequestError::NotAnObject
        } else {
            RequestError::NotJson { offset: byte_offset(text, error.line(), error.column()) }
        }
    })?;
    match first_duplicate(&fields) {
        Some(param) => Err(RequestError::Duplicate { param: param.to_owned() }),
        None => Ok(fields),
    }
}

fn first_duplicate<'a>(fields: &'a [Member<'_>]) -> Option<&'a str> {
    let mut seen = std::collections::HashSet::with_capacity(fields.len());
    fields.iter().map(|member| member.key.as_ref()).find(|key| !seen.insert(*key))
}

fn byte_offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}

fn present<'a>(member: &Member<'a>) -> Option<&'a str> {
    as_present(member.value)
}

fn value_of<'a>(fields: &[Member<'a>], param: &str) -> Option<&'a str> {
    fields.iter().find(|member| member.key == param).and_then(present)
}

/// The range of a member's value, null or not.
fn member_range<'a>(
    fields: &[Member<'a>],
    param: &str,
    range_of: impl Fn(&'a str) -> Range<usize>,
) -> Option<Range<usize>> {
    fields.iter().find(|member| member.key == param).map(|member| range_of(member.value))
}

fn string(fields: &[Member<'_>], param: &'static str) -> Result<Option<String>, RequestError> {
    let Some(value) = value_of(fields, param) else { return Ok(None) };
    let text = as_str(value).ok_or(RequestError::WrongType { param, expected: "a string" })?;
    Ok(Some(text.into_owned()))
}

fn boolean(fields: &[Member<'_>], param: &'static str) -> Result<Option<bool>, RequestError> {
    let Some(value) = value_of(fields, param) else { return Ok(None) };
    as_bool(value).map(Some).ok_or(RequestError::WrongType { param, expected: "a boolean" })
}

fn count(fields: &[Member<'_>], param: &'static str) -> Result<Option<u64>, RequestError> {
    let Some(value) = value_of(fields, param) else { return Ok(None) };
    value.parse().map(Some).map_err(|_| RequestError::WrongType { param, expected: "a non-negative integer" })
}

fn metadata_label(metadata: Option<&str>) -> Result<Option<String>, RequestError> {
    // Metadata of another type is the provider's to refuse; it holds no label.
    let Some(Ok(fields)) = metadata.map(members) else { return Ok(None) };
    if let Some("user_label") = first_duplicate(&fields) {
        return Err(RequestError::Duplicate { param: "metadata.user_label".to_owned() });
    }
    string(&fields, "user_label")
        .map_err(|_| RequestError::WrongType { param: "metadata.user_label", expected: "a string" })
}

fn asks_for_usage(stream_options: &str) -> Result<bool, RequestError> {
    let wrong = RequestError::WrongType { param: "stream_options", expected: "an object" };
    let fields = members(stream_options).map_err(|_| wrong)?;
    if let Some(param) = first_duplicate(&fields) {
        return Err(RequestError::Duplicate { param: format!("stream_options.{param}") });
    }
    let asked = boolean(&fields, "include_usage").map_err(|_| RequestError::WrongType {
        param: "stream_options.include_usage",
        expected: "a boolean",
    })?;
    Ok(asked.unwrap_or_default())
}
