//! The changes to a request body before it is sent.

use std::ops::Range;

use bytes::Bytes;
use domain::calls::{Endpoint, Wire};

use super::{RequestBody, output_bound_params};
use crate::wire::edit::{Edit, apply};
use crate::wire::members::Members;
use crate::wire::openai::include_usage_edit;

impl RequestBody {
    /// Names another model wherever the body names one, and where it leaves out a default of OpenAI's.
    #[must_use]
    pub fn with_model(mut self, model: &str) -> Self {
        let edit = |range: &Range<usize>| {
            let before = self.body.get(range.clone()).unwrap_or_default();
            // As Gemini's bodies may write it, beside a bare name in the path.
            let prefix = if before.starts_with(b"\"models/") { "models/" } else { "" };
            let text = serde_json::Value::from(format!("{prefix}{model}")).to_string();
            Edit { range: range.clone(), text }
        };
        self.model_edits = self.model_members.iter().map(edit).collect();
        if self.model_edits.is_empty() && self.endpoint.wire() == Wire::OpenAi {
            self.model_edits.push(Edit::new_member(
                self.end,
                "model",
                &serde_json::Value::from(model).to_string(),
            ));
        }
        model.clone_into(&mut self.model);
        self
    }

    /// Turns on `stream_options.include_usage` upstream. The field `include_usage` keeps what the caller asked for.
    #[must_use]
    pub fn with_include_usage(mut self) -> Self {
        if self.endpoint.has_stream_options() && !self.include_usage {
            self.include_usage_edit =
                Some(include_usage_edit(&self.body, self.stream_options.as_ref(), self.end));
        }
        self
    }

    /// Sets the bound on output tokens per choice, in the caller's own member or in a new one. A body of an endpoint
    /// that takes no bound stays as it is.
    #[must_use]
    pub fn with_output_bound_as(mut self, member: &'static str, tokens: u64) -> Self {
        let is_known = output_bound_params(self.endpoint).contains(&member);
        if self.output_bound.is_some() || !is_known {
            return self.with_output_bound(tokens);
        }
        // A null member of this name is replaced.
        let text = std::str::from_utf8(&self.body).unwrap_or_default();
        let range = Members::parse(text).ok().and_then(|members| members.range_of(member));
        self.output_bound_edit = Some(match range {
            Some(range) => Edit { range, text: tokens.to_string() },
            None => Edit::new_member(self.end, member, &tokens.to_string()),
        });
        self.output_bound = Some(tokens);
        self
    }

    /// As [`Self::with_output_bound_as`], in the member that the provider of the format has.
    #[must_use]
    pub fn with_output_bound(mut self, tokens: u64) -> Self {
        if let Some(slot) = &self.output_bound_slot {
            self.output_bound_edit = Some(slot.filled(&tokens.to_string()));
            self.output_bound = Some(tokens);
            return self;
        }
        let Some(param) = output_bound_params(self.endpoint).first() else { return self };
        self.output_bound_edit = Some(match &self.output_bound_member {
            Some(range) => Edit { range: range.clone(), text: tokens.to_string() },
            None => Edit::new_member(self.end, param, &tokens.to_string()),
        });
        self.output_bound = Some(tokens);
        self
    }

    /// Sets the bound on calls of built-in tools. Only Responses have one.
    #[must_use]
    pub fn with_max_tool_calls(mut self, calls: u64) -> Self {
        if self.endpoint == Endpoint::Responses {
            self.max_tool_calls_edit = Some(match &self.max_tool_calls_member {
                Some(range) => Edit { range: range.clone(), text: calls.to_string() },
                None => Edit::new_member(self.end, "max_tool_calls", &calls.to_string()),
            });
        }
        self
    }

    /// The body to send: the caller's own bytes with only the requested changes.
    pub fn to_bytes(&self) -> Bytes {
        let edits = [&self.include_usage_edit, &self.output_bound_edit, &self.max_tool_calls_edit];
        apply(&self.body, edits.into_iter().flatten().chain(&self.model_edits).collect())
    }
}
