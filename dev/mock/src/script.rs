//! Scripts: the behaviour of upcoming requests, one step each.

use std::collections::VecDeque;

use http::HeaderMap;
use serde::Deserialize;

use crate::behaviour::Behaviour;
use crate::fault::Fault;

/// Selects the requests that a script applies to; the default is all.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    pub model: Option<String>,
    /// Name and value of a header.
    pub header: Option<(String, String)>,
    pub tag: Option<String>,
}

impl Match {
    pub fn any() -> Self {
        Self::default()
    }

    pub fn model(model: &str) -> Self {
        Self { model: Some(model.to_owned()), ..Self::default() }
    }

    pub fn header(name: &str, value: &str) -> Self {
        Self { header: Some((name.to_owned(), value.to_owned())), ..Self::default() }
    }

    pub fn tag(tag: &str) -> Self {
        Self { tag: Some(tag.to_owned()), ..Self::default() }
    }
}

/// A step in the JSON of `POST /__mock/script`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Step {
    Fault(Fault),
    Behaviour(Box<Behaviour>),
}

#[derive(Debug, Deserialize)]
#[serde(from = "ScriptJson")]
pub(crate) struct Script {
    on: Match,
    steps: VecDeque<Behaviour>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptJson {
    #[serde(default, rename = "match")]
    on: Match,
    steps: Vec<Step>,
}

impl From<ScriptJson> for Script {
    fn from(json: ScriptJson) -> Self {
        Self::new(
            json.on,
            json.steps.into_iter().map(|step| match step {
                Step::Fault(fault) => fault.into(),
                Step::Behaviour(behaviour) => *behaviour,
            }),
        )
    }
}

impl Script {
    pub(crate) fn new(on: Match, steps: impl IntoIterator<Item = Behaviour>) -> Self {
        Self { on, steps: steps.into_iter().collect() }
    }

    pub(crate) fn matches(&self, model: &str, headers: &HeaderMap, tag: Option<&str>) -> bool {
        let on = &self.on;
        on.model.as_deref().is_none_or(|expected| expected == model)
            && on.tag.as_deref().is_none_or(|expected| Some(expected) == tag)
            && on.header.as_ref().is_none_or(|(name, value)| {
                headers.get(name).is_some_and(|sent| sent.as_bytes() == value.as_bytes())
            })
    }

    pub(crate) fn next(&mut self) -> Option<Behaviour> {
        self.steps.pop_front()
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.steps.is_empty()
    }
}
