//! Names of what the provider bills: models, and tools, which have line items of their own.

/// The name under which both sides show the fees of a tool, by its name in the fee table or by the name of a line item.
/// `None` if it is none of the tools with fees per use. Storage is billed by the day and passes no call.
fn tool_item(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase().replace(['_', '-'], " ");
    if name.contains("storage") {
        return None;
    }
    let tools = [
        ("web search", "web search"),
        ("chat search", "web search"),
        ("file search", "file search"),
        ("code interpreter", "code interpreter"),
        ("container", "code interpreter"),
        ("code execution", "code execution"),
    ];
    tools.into_iter().find(|(part, _)| name.contains(part)).map(|(_, item)| item)
}

/// What a line item is about, which is named like `gpt-4o-2024-08-06, cached input`: a model, a tool, or itself.
pub fn billed_item(line_item: &str) -> &str {
    let first = line_item.split_once(", ").map_or(line_item, |(first, _)| first);
    let is_tokens = line_item.ends_with("input") || line_item.ends_with("output");
    if is_tokens { first } else { tool_item(line_item).unwrap_or(first) }
}

/// The row of a tool's fees, by its name in the fee table.
pub fn fee_item(tool: &str) -> &str {
    tool_item(tool).unwrap_or(tool)
}

#[cfg(test)]
mod tests {
    use super::{billed_item, fee_item};

    #[test]
    fn line_items_are_models_or_tools() {
        for (line_item, item) in [
            ("gpt-4o-2024-08-06, cached input", "gpt-4o-2024-08-06"),
            ("gpt-4o-search-preview-2025-03-11, output", "gpt-4o-search-preview-2025-03-11"),
            ("web search tool calls", "web search"),
            ("web_search_tool_calls, gpt-5-2025-08-07", "web search"),
            ("gpt-4o-2024-08-06, web search", "web search"),
            ("assistants api | file search", "file search"),
            ("file search storage", "file search storage"),
            ("Code Interpreter sessions", "code interpreter"),
            ("dall-e-3, 1024x1024", "dall-e-3"),
            ("claude-opus-5, cache write input", "claude-opus-5"),
            ("code execution", "code execution"),
            ("", ""),
        ] {
            assert_eq!(billed_item(line_item), item, "{line_item}");
        }
        for (tool, item) in [
            ("web_search_preview", "web search"),
            ("chat_search", "web search"),
            ("code_interpreter_4g", "code interpreter"),
            ("code_execution", "code execution"),
            ("mcp", "mcp"),
        ] {
            assert_eq!(fee_item(tool), item, "{tool}");
        }
    }
}
