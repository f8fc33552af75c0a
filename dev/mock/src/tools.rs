//! Which of the caller's tools an answer calls: one per user message, so that agents end.
//!
//! - Without tool results since the last user message, the tools that it names are called, otherwise the first one.
//! - With results, the answer is text. Under `required`, which the provider never answers with text, the last tool is
//!   called once before: frameworks append the tool that ends a run to the others.

use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::{anthropic, schema};

/// A call to a tool that the caller runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ToolCall {
    pub(crate) name: String,
    pub(crate) is_custom: bool,
    schema: Value,
}

impl ToolCall {
    fn of(tool: &Value) -> Option<Self> {
        let kind = tool["type"].as_str().unwrap_or_default();
        if tool["input_schema"].is_object() || kind.ends_with(|c: char| c.is_ascii_digit()) {
            return Self::of_message(tool);
        }
        if !matches!(kind, "function" | "custom") {
            return None;
        }
        // Chat completions nest the definition, responses do not.
        let definition = if tool[kind].is_object() { &tool[kind] } else { tool };
        Some(Self {
            name: definition["name"].as_str()?.to_owned(),
            is_custom: kind == "custom",
            schema: definition["parameters"].clone(),
        })
    }

    /// Tools of messages are plain definitions; those that Anthropic defines have a dated type and no schema.
    fn of_message(tool: &Value) -> Option<Self> {
        let name = tool["name"].as_str().filter(|_| !anthropic::is_server_tool(tool))?.to_owned();
        Some(Self { name, is_custom: false, schema: required(&tool["input_schema"]) })
    }

    /// The arguments of a function, or the text for a custom tool.
    pub(crate) fn input(&self) -> String {
        match schema::example(&self.schema) {
            _ if self.is_custom => "text".to_owned(),
            arguments @ Value::Object(_) => arguments.to_string(),
            _ => "{}".to_owned(),
        }
    }
}

/// The schema without optional members: agents refuse some that are only text.
fn required(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let required = schema["required"].as_array().cloned();
    if let (Some(required), Some(properties)) = (required, schema["properties"].as_object_mut()) {
        properties.retain(|name, _| required.iter().any(|required| *required == name.as_str()));
    }
    schema
}

/// The conversation since the last user message.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    prompt: String,
    called: Vec<String>,
    pub(crate) has_results: bool,
}

impl Turn {
    pub(crate) fn of_chat(messages: &Value) -> Self {
        let mut turn = Self::default();
        for message in messages.as_array().into_iter().flatten() {
            match message["role"].as_str() {
                Some("user") => turn = Self::new(&message["content"]),
                Some("tool" | "function") => turn.has_results = true,
                _ => {}
            }
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                let name = call["function"]["name"].as_str().or(call["custom"]["name"].as_str());
                turn.called.extend(name.map(ToOwned::to_owned));
            }
        }
        turn
    }

    pub(crate) fn of_response<'a>(items: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut turn = Self::default();
        for item in items {
            let kind = item["type"].as_str().unwrap_or("message");
            match kind {
                "message" if item["role"] == "user" => turn = Self::new(&item["content"]),
                "function_call" | "custom_tool_call" => {
                    turn.called.extend(item["name"].as_str().map(ToOwned::to_owned));
                }
                _ if kind.ends_with("_output") => turn.has_results = true,
                _ => {}
            }
        }
        turn
    }

    /// A user message with results continues the turn, whatever else it says.
    pub(crate) fn of_messages(messages: &Value) -> Self {
        let mut turn = Self::default();
        for message in messages.as_array().into_iter().flatten() {
            let blocks = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
            let of_type = |kind: &'static str| blocks.iter().filter(move |block| block["type"] == kind);
            if message["role"] != "user" {
                let names = of_type("tool_use").filter_map(|block| block["name"].as_str());
                turn.called.extend(names.map(ToOwned::to_owned));
            } else if of_type("tool_result").next().is_some() {
                turn.has_results = true;
            } else {
                turn = Self::new(&message["content"]);
            }
        }
        turn
    }

    pub(crate) fn add_called<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        self.called.extend(names.into_iter().map(ToOwned::to_owned));
    }

    pub(crate) fn new(content: &Value) -> Self {
        let parts = content.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str());
        // Claude Code adds reminders, which name many of its tools.
        let parts = parts.filter(|text| !text.starts_with("<system-reminder>"));
        let prompt = content.as_str().map_or_else(|| parts.collect::<Vec<_>>().join(" "), ToOwned::to_owned);
        Self { prompt, ..Self::default() }
    }

    fn names(&self, tool: &ToolCall) -> bool {
        let is_separator = |c: char| !c.is_alphanumeric() && c != '_' && c != '-';
        self.prompt.split(is_separator).any(|word| word == tool.name)
    }
}

/// `tool_choice`: whether a tool must be called, and which may be.
#[derive(Default)]
pub(crate) struct ToolChoice<'a> {
    forbids: bool,
    requires: bool,
    /// Definitions or types of the only tools that may be called.
    only: Option<Vec<&'a Value>>,
}

impl<'a> ToolChoice<'a> {
    pub(crate) fn of(body: &'a Value) -> Self {
        let choice = &body["tool_choice"];
        match choice.as_str().or(choice["type"].as_str()) {
            Some("none") => Self { forbids: true, ..Self::default() },
            Some("required" | "any") => Self { requires: true, ..Self::default() },
            None | Some("auto") => Self::default(),
            Some("allowed_tools") => {
                let nested = &choice["allowed_tools"];
                let allowed = if nested.is_object() { nested } else { choice };
                let only = allowed["tools"].as_array().into_iter().flatten().collect();
                Self { forbids: false, requires: allowed["mode"] == "required", only: Some(only) }
            }
            Some(_) => Self { forbids: false, requires: true, only: Some(vec![choice]) },
        }
    }

    /// Whether it leaves the choice of a tool with this type to the model.
    pub(crate) fn allows_type(&self, kind: &str) -> bool {
        let mut only = self.only.iter().flatten();
        !self.forbids && (self.only.is_none() || only.any(|tool| tool["type"] == kind))
    }

    fn allows(&self, tool: &ToolCall) -> bool {
        let named = |other: &&Value| {
            let kind = other["type"].as_str().unwrap_or_default();
            let name = if other[kind].is_object() { &other[kind]["name"] } else { &other["name"] };
            *name == tool.name.as_str()
        };
        !self.forbids && self.only.as_ref().is_none_or(|only| only.iter().any(named))
    }
}

/// The calls of one answer.
pub(crate) fn calls(body: &Value, turn: &Turn, behaviour: &Behaviour) -> Vec<ToolCall> {
    let choice = ToolChoice::of(body);
    let tools = body["tools"].as_array().into_iter().flatten().filter_map(ToolCall::of);
    let offered: Vec<ToolCall> = tools.filter(|tool| choice.allows(tool)).collect();
    let Some(first) = offered.first() else { return Vec::new() };
    if turn.has_results {
        let last = offered.last().filter(|last| choice.requires && !turn.called.contains(&last.name));
        return last.cloned().into_iter().collect();
    }
    let mut called: Vec<ToolCall> = offered.iter().filter(|tool| turn.names(tool)).cloned().collect();
    if called.is_empty() {
        called.push(first.clone());
    }
    let wanted = behaviour.tool_calls.unwrap_or(called.len());
    let is_single =
        body["parallel_tool_calls"] == false || body["tool_choice"]["disable_parallel_tool_use"] == true;
    let most = if is_single { 1 } else { usize::MAX };
    let rest = offered.iter().filter(|tool| !called.contains(tool));
    let order: Vec<ToolCall> = called.iter().chain(rest).cloned().collect();
    order.into_iter().cycle().take(wanted.min(most)).collect()
}
