//! The tools of a request: those that the caller runs cost nothing beside tokens; those that the provider runs have
//! fees, and each of their calls makes the model read its context again.

use crate::json::valid::{as_array, members};
use crate::json::{as_present, as_str};
use crate::wire::found::{Found, kind_of};

/// Tools that the caller runs. Their results are input of a later call.
const CALLER_SIDE_TOOLS: [&str; 7] =
    ["function", "custom", "local_shell", "apply_patch", "computer", "computer_use", "computer_use_preview"];

impl Found {
    pub(super) fn scan_tools(&mut self, tools: &str) {
        for tool in as_array(tools).unwrap_or_default() {
            let Some(kind) = kind_of(tool) else {
                self.add_tool("tools.unknown", "other");
                continue;
            };
            match kind.as_str() {
                kind if CALLER_SIDE_TOOLS.contains(&kind) => {}
                // A group of other tools.
                "namespace" => self.scan_tools(inner(tool, "tools").unwrap_or_default()),
                "shell" if is_local(tool) => {}
                kind => {
                    let name = format!("tools.{kind}");
                    self.add_tool(&name, fee_name(kind, tool));
                }
            }
        }
    }
}

/// The tool's name in the fee table. Dated names are those of the same tool.
fn fee_name(kind: &str, tool: &str) -> &'static str {
    match kind {
        kind if kind.starts_with("web_search_preview") => "web_search_preview",
        kind if kind.starts_with("web_search") => "web_search",
        "x_search" => "x_search",
        // xAI takes both names of these tools.
        "file_search" | "collections_search" => "file_search",
        "code_execution" => "code_interpreter",
        "code_interpreter" => match memory_limit(tool).as_deref() {
            None | Some("1g") => "code_interpreter",
            Some("4g") => "code_interpreter_4g",
            Some("16g") => "code_interpreter_16g",
            Some("64g") => "code_interpreter_64g",
            Some(_) => "other",
        },
        "image_generation" => "image_generation",
        "mcp" => "mcp",
        "shell" => "shell",
        "tool_search" => "tool_search",
        _ => "other",
    }
}

fn memory_limit(tool: &str) -> Option<String> {
    let container = inner(tool, "container")?;
    inner(container, "memory_limit").map(|limit| as_str(limit).map_or_else(String::new, Into::into))
}

/// Whether the caller runs the shell.
fn is_local(tool: &str) -> bool {
    let kind = inner(tool, "environment").and_then(|environment| inner(environment, "type")).and_then(as_str);
    kind.as_deref() == Some("local")
}

fn inner<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    members(object)?.into_iter().find(|member| member.key == name).and_then(|member| as_present(member.value))
}
