//! Built-in tools that a response used, by its output items.

use std::collections::BTreeSet;

use domain::pricing::ToolUses;

use crate::json::{as_array, as_present, as_str, members};

/// Items that cost nothing beside tokens: what the model says, what the caller runs, what only lists or asks.
const FREE_ITEMS: [&str; 14] = [
    "message",
    "reasoning",
    "compaction",
    "function_call",
    "custom_tool_call",
    "local_shell_call",
    "apply_patch_call",
    "computer_call",
    "mcp_list_tools",
    "mcp_approval_request",
    "tool_search_output",
    "shell_call_output",
    "apply_patch_call_output",
    "program",
];

/// More uses than any answer has.
const MAX_COUNTED: i64 = 10_000;

/// Counts uses of tools that may have a fee. An item that comes twice, as in a stream and in its last event, counts
/// once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsedTools {
    /// The tool, and what makes this use one of its own.
    uses: BTreeSet<(String, String)>,
}

impl UsedTools {
    /// All items of an `output` list.
    pub(crate) fn add_output(&mut self, output: &str) {
        for (at, item) in as_array(output).unwrap_or_default().into_iter().enumerate() {
            self.add_item(item, at);
        }
    }

    /// One item, at its place in the output.
    pub(crate) fn add_item(&mut self, item: &str, at: usize) {
        let fields = members(item).unwrap_or_default();
        let field = |name: &str| {
            fields.iter().rev().find(|member| member.key == name).and_then(|member| as_present(member.value))
        };
        let Some(kind) = field("type").and_then(as_str) else { return };
        if FREE_ITEMS.contains(&kind.as_ref()) {
            return;
        }
        let own = field("id").and_then(as_str).map_or_else(|| at.to_string(), Into::into);
        let (tool, own) = match kind.as_ref() {
            "web_search_call" if !is_search(field("action")) => return,
            // A container is paid for once, however often code runs in it.
            "code_interpreter_call" => {
                ("code_interpreter", field("container_id").and_then(as_str).map_or(own, Into::into))
            }
            "shell_call"
                if field("environment").is_none_or(|environment| environment.contains("\"local\"")) =>
            {
                return;
            }
            kind => (kind.strip_suffix("_call").unwrap_or("other"), own),
        };
        self.uses.insert((tool.to_owned(), own));
    }

    /// One use; `own` tells it from others of the same tool.
    pub(crate) fn add_use(&mut self, tool: &str, own: String) {
        self.uses.insert((tool.to_owned(), own));
    }

    /// Uses that the provider only counts.
    pub(crate) fn add_count(&mut self, tool: &str, uses: i64) {
        self.uses.extend((0..uses.min(MAX_COUNTED)).map(|at| (tool.to_owned(), at.to_string())));
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.uses.extend(other.uses);
    }

    /// The number of uses of each tool.
    pub fn counts(&self) -> ToolUses {
        let mut counts = ToolUses::new();
        for (tool, _) in &self.uses {
            match counts.last_mut().filter(|(last, _)| last == tool) {
                Some((_, uses)) => *uses += 1,
                None => counts.push((tool.clone(), 1)),
            }
        }
        counts
    }
}

/// Opening a page that was found and searching in it are free.
fn is_search(action: Option<&str>) -> bool {
    let kind = action.and_then(|action| {
        let action = members(action).ok()?;
        action
            .iter()
            .find(|member| member.key == "type")
            .and_then(|member| as_str(member.value))
            .map(String::from)
    });
    !matches!(kind.as_deref(), Some("open_page" | "open" | "find_in_page" | "find"))
}
