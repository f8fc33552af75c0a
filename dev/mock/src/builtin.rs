//! Tools that the provider runs: each offered one is used once per user message, and what it finds becomes input.

use serde_json::{Value, json};

use crate::behaviour::Behaviour;
use crate::mock::Mock;
use crate::tools::{ToolChoice, Turn};

/// Input tokens of what a call found.
pub(crate) const RESULT_TOKENS: u64 = 100;
/// One transparent pixel.
const IMAGE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

const WEB_SEARCHES: &str = "web search tool calls";

/// Line items and their amounts, in millionths of a USD.
pub(crate) type ToolFees = Vec<(&'static str, u64)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BuiltinTool {
    WebSearch,
    FileSearch,
    CodeInterpreter,
    ImageGeneration,
    Mcp,
}

/// A call to a built-in tool: its item in the output.
#[derive(Debug)]
pub(crate) struct BuiltinCall {
    tool: BuiltinTool,
    id: String,
    definition: Value,
}

impl BuiltinTool {
    /// Versions differ by suffix: `web_search_preview_2025_03_11`.
    fn of(kind: &str) -> Option<Self> {
        match kind {
            "file_search" => Some(Self::FileSearch),
            "code_interpreter" => Some(Self::CodeInterpreter),
            "image_generation" => Some(Self::ImageGeneration),
            "mcp" => Some(Self::Mcp),
            _ if kind.starts_with("web_search") => Some(Self::WebSearch),
            _ => None,
        }
    }

    const fn item_type(self) -> &'static str {
        match self {
            Self::WebSearch => "web_search_call",
            Self::FileSearch => "file_search_call",
            Self::CodeInterpreter => "code_interpreter_call",
            Self::ImageGeneration => "image_generation_call",
            Self::Mcp => "mcp_call",
        }
    }

    const fn id_prefix(self) -> &'static str {
        match self {
            Self::WebSearch => "ws_",
            Self::FileSearch => "fs_",
            Self::CodeInterpreter => "ci_",
            Self::ImageGeneration => "ig_",
            Self::Mcp => "mcp_",
        }
    }
}

impl BuiltinCall {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The events between the start and the end of the item.
    pub(crate) const fn events(&self) -> &'static [&'static str] {
        match self.tool {
            BuiltinTool::WebSearch => &[
                "response.web_search_call.in_progress",
                "response.web_search_call.searching",
                "response.web_search_call.completed",
            ],
            BuiltinTool::FileSearch => &[
                "response.file_search_call.in_progress",
                "response.file_search_call.searching",
                "response.file_search_call.completed",
            ],
            BuiltinTool::CodeInterpreter => &[
                "response.code_interpreter_call.in_progress",
                "response.code_interpreter_call.interpreting",
                "response.code_interpreter_call.completed",
            ],
            BuiltinTool::ImageGeneration => &[
                "response.image_generation_call.in_progress",
                "response.image_generation_call.generating",
                "response.image_generation_call.completed",
            ],
            BuiltinTool::Mcp => &["response.mcp_call.in_progress", "response.mcp_call.completed"],
        }
    }

    /// The item, without results while in progress.
    pub(crate) fn item(&self, status: &str) -> Value {
        let mut item = json!({ "id": self.id, "type": self.tool.item_type(), "status": status });
        let is_done = status != "in_progress";
        let fields = match self.tool {
            BuiltinTool::WebSearch => {
                json!({ "action": { "type": "search", "query": "text", "queries": ["text"] } })
            }
            BuiltinTool::FileSearch => json!({ "queries": ["text"], "results": null }),
            BuiltinTool::CodeInterpreter => json!({
                "code": if is_done { "print(1)" } else { "" },
                "container_id": self.container(),
                "outputs": null,
            }),
            BuiltinTool::ImageGeneration => json!({
                "result": is_done.then_some(IMAGE),
                "quality": self.quality(),
                "size": self.size(),
                "output_format": "png",
                "background": "opaque",
            }),
            BuiltinTool::Mcp => json!({
                "server_label": self.definition["server_label"],
                "name": "search",
                "arguments": "{}",
                "output": is_done.then_some("text"),
                "error": null,
                "approval_request_id": null,
            }),
        };
        if let (Value::Object(item), Value::Object(fields)) = (&mut item, fields) {
            item.extend(fields);
        }
        item
    }

    /// The container that the request names, or one made for the call.
    fn container(&self) -> Value {
        match &self.definition["container"] {
            Value::String(id) => json!(id),
            _ => json!(self.id.replace("ci_", "cntr_")),
        }
    }

    /// Of the container in which the code runs.
    fn container_fee(&self) -> u64 {
        match self.definition["container"]["memory_limit"].as_str() {
            Some("4g") => 120_000,
            Some("16g") => 480_000,
            Some("64g") => 1_920_000,
            _ => 30_000,
        }
    }

    /// The preview is dearer for models without reasoning.
    fn search_fee(&self, model: &str) -> u64 {
        let is_preview =
            self.definition["type"].as_str().is_some_and(|kind| kind.starts_with("web_search_preview"));
        let reasons = !["gpt-4o", "gpt-4.1"].iter().any(|family| model.starts_with(family));
        if is_preview && !reasons { 25_000 } else { 10_000 }
    }

    fn quality(&self) -> &str {
        self.definition["quality"].as_str().filter(|quality| *quality != "auto").unwrap_or("medium")
    }

    fn size(&self) -> &str {
        self.definition["size"].as_str().filter(|size| *size != "auto").unwrap_or("1024x1024")
    }

    fn image_tokens(&self) -> u64 {
        let square = self.size() == "1024x1024";
        match (self.quality(), square) {
            ("low", true) => 272,
            ("low", false) => 408,
            ("high", true) => 4_160,
            ("high", false) => 6_240,
            (_, true) => 1_056,
            (_, false) => 1_584,
        }
    }
}

/// The calls of one answer, within `max_tool_calls`.
pub(crate) fn calls(body: &Value, turn: &Turn, behaviour: &Behaviour) -> Vec<BuiltinCall> {
    if turn.has_results {
        return Vec::new();
    }
    let choice = ToolChoice::of(body);
    let tools = body["tools"].as_array().into_iter().flatten();
    let offered = tools.filter_map(|definition| {
        let kind = definition["type"].as_str()?;
        BuiltinTool::of(kind).filter(|_| choice.allows_type(kind)).map(|tool| (tool, definition))
    });
    let each = behaviour.builtin_calls.unwrap_or(1);
    let most =
        body["max_tool_calls"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let calls = offered.flat_map(|(tool, definition)| std::iter::repeat_n((tool, definition), each));
    let call = |(tool, definition): (BuiltinTool, &Value)| BuiltinCall {
        tool,
        id: Mock::next_id(tool.id_prefix()),
        definition: definition.clone(),
    };
    calls.take(most).map(call).collect()
}

/// What the provider charges for the calls beside tokens: line items with millionths of a USD. Images are tokens of
/// another model, which this mock does not bill.
pub(crate) fn fees(calls: &[BuiltinCall], model: &str) -> ToolFees {
    let fee = |call: &BuiltinCall| match call.tool {
        BuiltinTool::WebSearch => Some((WEB_SEARCHES, call.search_fee(model))),
        BuiltinTool::FileSearch => Some(("file search tool calls", 2_500)),
        BuiltinTool::CodeInterpreter => Some(("code interpreter sessions", call.container_fee())),
        BuiltinTool::ImageGeneration | BuiltinTool::Mcp => None,
    };
    calls.iter().filter_map(fee).collect()
}

/// The search that comes with each completion of a model that searches.
pub(crate) fn chat_fees(model: &str) -> ToolFees {
    match model {
        _ if model.contains("-search-preview") => vec![(WEB_SEARCHES, 25_000)],
        _ if model.contains("-search-api") => vec![(WEB_SEARCHES, 10_000)],
        _ => ToolFees::new(),
    }
}

/// What the tools used, in the response's `tool_usage`.
pub(crate) fn usage(calls: &[BuiltinCall]) -> Value {
    let of = |tool| calls.iter().filter(move |call| call.tool == tool);
    let images = of(BuiltinTool::ImageGeneration).count() as u64;
    let output: u64 = of(BuiltinTool::ImageGeneration).map(BuiltinCall::image_tokens).sum();
    let input = images * 50;
    json!({
        "image_gen": {
            "input_tokens": input,
            "input_tokens_details": { "image_tokens": 0, "text_tokens": input },
            "output_tokens": output,
            "output_tokens_details": { "image_tokens": output, "text_tokens": 0 },
            "total_tokens": input + output,
        },
        "web_search": { "num_requests": of(BuiltinTool::WebSearch).count() },
    })
}
