//! Tools that the provider runs: each offered one is used once per user message, and what it finds becomes input.

use serde_json::{Value, json};

use crate::behaviour::Behaviour;
use crate::builtin::RESULT_TOKENS;
use crate::mock::Mock;
use crate::tools::{ToolChoice, Turn};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerTool {
    WebSearch,
    WebFetch,
    CodeExecution,
}

impl ServerTool {
    /// Versions differ by suffix: `web_search_20260209`.
    fn of(kind: &str) -> Option<Self> {
        [Self::WebSearch, Self::WebFetch, Self::CodeExecution]
            .into_iter()
            .find(|tool| kind.strip_prefix(tool.name()).is_some_and(|version| version.starts_with('_')))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::WebSearch => "web_search",
            Self::WebFetch => "web_fetch",
            Self::CodeExecution => "code_execution",
        }
    }

    fn input(self) -> Value {
        match self {
            Self::WebSearch => json!({ "query": "text" }),
            Self::WebFetch => json!({ "url": "https://example.com/" }),
            Self::CodeExecution => json!({ "code": "print(1)" }),
        }
    }

    fn result(self) -> Value {
        match self {
            Self::WebSearch => json!([{
                "type": "web_search_result",
                "url": "https://example.com/",
                "title": "text",
                "encrypted_content": "dGV4dA==",
                "page_age": null,
            }]),
            Self::WebFetch => json!({
                "type": "web_fetch_result",
                "url": "https://example.com/",
                "retrieved_at": "2026-01-01T00:00:00Z",
                "content": {
                    "type": "document",
                    "source": { "type": "text", "media_type": "text/plain", "data": "text" },
                    "title": "text",
                    "citations": null,
                },
            }),
            Self::CodeExecution => json!({
                "type": "code_execution_result",
                "stdout": "1\n",
                "stderr": "",
                "return_code": 0,
                "content": [],
            }),
        }
    }
}

/// The calls of one answer, within the `max_uses` of each tool.
pub(super) fn calls(body: &Value, turn: &Turn, behaviour: &Behaviour) -> Vec<ServerTool> {
    if turn.has_results {
        return Vec::new();
    }
    let choice = ToolChoice::of(body);
    let tools = body["tools"].as_array().into_iter().flatten();
    let calls = tools.filter_map(|definition| {
        let kind = definition["type"].as_str()?;
        let tool = ServerTool::of(kind).filter(|_| choice.allows_type(kind))?;
        let most = definition["max_uses"].as_u64().and_then(|most| usize::try_from(most).ok());
        Some(std::iter::repeat_n(tool, behaviour.builtin_calls.unwrap_or(1).min(most.unwrap_or(usize::MAX))))
    });
    calls.flatten().collect()
}

/// Tools that no caller runs, those that this mock never uses included.
pub(crate) fn is_server_tool(definition: &Value) -> bool {
    let kind = definition["type"].as_str().unwrap_or_default();
    ServerTool::of(kind).is_some() || ["tool_search_", "advisor_"].iter().any(|tool| kind.starts_with(tool))
}

/// The input tokens of what the calls found.
pub(super) fn found(calls: &[ServerTool]) -> u64 {
    calls.len() as u64 * RESULT_TOKENS
}

pub(super) fn count(calls: &[ServerTool], tool: ServerTool) -> u64 {
    calls.iter().filter(|call| **call == tool).count() as u64
}

/// The use of a tool and its result, which stand in the answer.
pub(super) fn blocks(tool: ServerTool) -> [Value; 2] {
    let id = Mock::next_id("srvtoolu_");
    [
        json!({ "type": "server_tool_use", "id": id, "name": tool.name(), "input": tool.input() }),
        json!({
            "type": format!("{}_tool_result", tool.name()),
            "tool_use_id": id,
            "content": tool.result(),
        }),
    ]
}
