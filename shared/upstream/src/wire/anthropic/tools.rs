//! The tools of a request: those that the caller runs are more input, those that the provider runs have fees, and each
//! of their rounds makes the model read its context again.

use super::content::{TOOLS_PROMPT_TOKENS, add_other_models};
use crate::json::as_present;
use crate::json::valid::{as_array, members};
use crate::wire::found::{Found, kind_of};

/// What the provider adds for tools that it defines and the caller runs. Published: up to 7,600.
const DEFINED_TOOLS_TOKENS: i64 = 16_384;
/// Tools that the provider defines and the caller runs; their names end with a date.
const CALLER_SIDE_TOOLS: [&str; 4] = ["bash_", "text_editor_", "computer_", "memory_"];

pub(super) fn scan_tools(found: &mut Found, tools: &str) {
    let Some(tools) = as_array(tools) else { return found.fill_window("tools") };
    let mut added = 0;
    // `None` if a tool has no bound.
    let mut uses = Some(0);
    for tool in tools {
        added = added.max(TOOLS_PROMPT_TOKENS);
        let kind = match kind_of(tool) {
            None => continue,
            Some(kind) if kind == "custom" => continue,
            Some(kind) => kind,
        };
        added = DEFINED_TOOLS_TOKENS;
        if CALLER_SIDE_TOOLS.iter().any(|prefix| kind.starts_with(prefix)) {
            continue;
        }
        let name = format!("tools.{kind}");
        match fee_name(&kind) {
            // It asks a model of its own, at that model's prices.
            "advisor" => add_other_models(found, &name),
            fee => found.add_tool(&name, fee),
        }
        uses = uses.zip(max_uses(tool)).map(|(all, own): (i64, i64)| all.saturating_add(own));
    }
    found.content.text_bytes = found.content.text_bytes.saturating_add(added);
    found.content.max_tool_calls = uses.filter(|uses| *uses > 0);
}

/// The tool's name in the fee table. Dated names are those of the same tool.
fn fee_name(kind: &str) -> &'static str {
    const NAMES: [(&str, &str); 5] = [
        ("web_search_", "web_search"),
        ("web_fetch_", "web_fetch"),
        ("code_execution_", "code_execution"),
        ("tool_search_", "tool_search"),
        ("advisor_", "advisor"),
    ];
    let known = NAMES.into_iter().find(|(prefix, _)| kind.starts_with(prefix));
    match known {
        Some((_, name)) => name,
        None if kind == "mcp_toolset" => "mcp",
        None => "other",
    }
}

/// The caller's own bound on uses of a tool.
fn max_uses(tool: &str) -> Option<i64> {
    let fields = members(tool)?;
    let field = fields.iter().rev().find(|field| field.key == "max_uses")?;
    as_present(field.value)?.parse().ok()
}
