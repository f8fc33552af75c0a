//! Uses of built-in tools, counted from output items.

use domain::calls::Endpoint;

use crate::wire::ResponseFields;

fn counts(output: &str) -> String {
    let body =
        format!(r#"{{"id":"resp_1","output":[{output}],"usage":{{"input_tokens":1,"output_tokens":1}}}}"#);
    let fields = ResponseFields::parse(Endpoint::Responses, body.as_bytes()).unwrap();
    let counts = fields.used_tools.counts();
    counts.iter().map(|(tool, uses)| format!("{uses} {tool}")).collect::<Vec<_>>().join(", ")
}

#[test]
fn each_item_of_a_tool_with_a_fee_is_one_use() {
    let search =
        |id: &str, action: &str| format!(r#"{{"type":"web_search_call","id":"{id}","action":{action}}}"#);
    for (output, expected) in [
        (r#"{"type":"message","id":"m"},{"type":"reasoning","id":"r"},{"type":"function_call","id":"f"}"#.to_owned(), ""),
        // The fee table has these at 0, which an administrator may change.
        (
            r#"{"type":"mcp_call","id":"m"},{"type":"mcp_list_tools","id":"l"},{"type":"tool_search_call","id":"t"}"#
                .to_owned(),
            "1 mcp, 1 tool_search",
        ),
        ([search("a", r#"{"type":"search"}"#), search("b", "null")].join(","), "2 web_search"),
        // The same item twice, as in a stream and in its last event.
        ([search("a", r#"{"type":"search"}"#), search("a", r#"{"type":"search"}"#)].join(","), "1 web_search"),
        // Pages that a search found are opened for free.
        ([search("a", r#"{"type":"open_page"}"#), search("b", r#"{"type":"find_in_page"}"#)].join(","), ""),
        (r#"{"type":"file_search_call"},{"type":"file_search_call"}"#.to_owned(), "2 file_search"),
        (
            r#"{"type":"code_interpreter_call","id":"a","container_id":"c"},{"type":"code_interpreter_call","id":"b","container_id":"c"}"#
                .to_owned(),
            "1 code_interpreter",
        ),
        (r#"{"type":"image_generation_call","id":"i"},{"type":"teleport_call","id":"t"}"#.to_owned(), "1 image_generation, 1 teleport"),
        (r#"{"type":"teleport","id":"t"},5,{},null"#.to_owned(), "1 other"),
        (r#"{"type":"shell_call","id":"s","environment":{"type":"local"}}"#.to_owned(), ""),
        (r#"{"type":"shell_call","id":"s","environment":{"type":"container_reference"}}"#.to_owned(), "1 shell"),
    ] {
        assert_eq!(counts(&output), expected, "{output}");
    }
}
