//! Further steps of a message that are billed at the rates of their own model: a parameter.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Steps in the order they happened, as `compaction:180000:3500,advisor:claude-opus-5:823:1612`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Iterations(Vec<Step>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    /// The conversation was summarised first, by the served model.
    Compaction,
    /// Another model was asked on the way.
    Advisor,
    /// Another model declined, so that the served one is its fallback.
    Declined,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) kind: StepKind,
    /// `None` for the served model.
    pub(super) model: Option<String>,
    pub(super) input: u64,
    pub(super) output: u64,
}

impl Iterations {
    pub(super) fn of_kind(&self, kind: StepKind) -> impl Iterator<Item = &Step> {
        self.0.iter().filter(move |step| step.kind == kind)
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split(':').collect();
        let (kind, model, input, output) = match fields[..] {
            ["compaction", input, output] => (StepKind::Compaction, None, input, output),
            ["advisor", model, input, output] => (StepKind::Advisor, Some(model), input, output),
            ["declined", model, input, output] => (StepKind::Declined, Some(model), input, output),
            _ => return Err(format!("unknown step '{text}'")),
        };
        let count = |text: &str| text.parse().map_err(|_| format!("'{text}' is no count"));
        Ok(Self { kind, model: model.map(ToOwned::to_owned), input: count(input)?, output: count(output)? })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            StepKind::Compaction => "compaction",
            StepKind::Advisor => "advisor",
            StepKind::Declined => "declined",
        };
        let model = self.model.as_ref().map(|model| format!(":{model}")).unwrap_or_default();
        write!(f, "{kind}{model}:{}:{}", self.input, self.output)
    }
}

impl FromStr for Iterations {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for Iterations {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Iterations> for String {
    fn from(Iterations(steps): Iterations) -> Self {
        steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }
}
