//! The tools of a request: functions that the caller runs are more input, tools that the provider runs have fees, and
//! what they return is more input of unknown size.

use super::json_name;
use crate::json::as_present;
use crate::json::valid::{as_array, members};
use crate::wire::found::Found;

/// How often the provider may run tools of its own for one answer. Nothing is published, and no member bounds it.
const MAX_ROUNDS: i64 = 32;

pub(super) fn scan_tools(found: &mut Found, tools: &str) {
    let Some(tools) = as_array(tools) else { return found.fill_window("tools") };
    for tool in tools {
        let Some(fields) = members(tool) else {
            found.fill_window("tools");
            continue;
        };
        for field in fields.iter().filter(|field| as_present(field.value).is_some()) {
            let kind = json_name(&field.key);
            if kind != "functionDeclarations" {
                found.add_tool(&format!("tools.{kind}"), fee_name(&kind));
                found.content.max_tool_calls = Some(MAX_ROUNDS);
            }
        }
    }
}

/// The tool's name in the fee table.
fn fee_name(kind: &str) -> &'static str {
    match kind {
        "googleSearch" | "googleSearchRetrieval" | "enterpriseWebSearch" => "web_search",
        "urlContext" => "web_fetch",
        "codeExecution" => "code_execution",
        "fileSearch" | "retrieval" => "file_search",
        "googleMaps" => "google_maps",
        "mcpServers" => "mcp",
        "computerUse" => "computer_use",
        _ => "other",
    }
}
