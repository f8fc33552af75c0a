//! What of a request its bytes bound, and what only the model does.

use bytes::Bytes;
use domain::calls::{Endpoint, RequestContent};
use domain::prices::FeeTool;
use domain::words::Word;

use crate::wire::RequestBody;

fn content(endpoint: Endpoint, members: &str) -> RequestContent {
    let body = format!(r#"{{"model":"m",{members}}}"#);
    RequestBody::parse(endpoint, Bytes::from(body)).unwrap().content()
}

fn response(members: &str) -> RequestContent {
    content(Endpoint::Responses, members)
}

fn chat(members: &str) -> RequestContent {
    content(Endpoint::ChatCompletions, members)
}

/// What only the model bounds: `window`, stored outputs, images, tools.
fn described(content: &RequestContent) -> String {
    let mut parts = Vec::new();
    let counts = [
        ("stored", content.stored_outputs),
        ("searches", content.earlier_searches),
        ("images", content.images),
        ("low", content.low_detail_images),
    ];
    parts.extend(content.fills_window.then(|| "window".to_owned()));
    parts
        .extend(counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}")));
    parts.extend(content.tools.clone());
    parts.join(", ")
}

#[test]
fn text_is_bounded_by_its_bytes() {
    for bounded in [
        chat(
            r#""messages":[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"b"},
            {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]},{"role":"assistant","content":null,
            "tool_calls":[]}],"tools":[{"type":"function","function":{"name":"f"}}]"#,
        ),
        response(
            r#""input":[{"role":"user","content":[{"type":"input_text","text":"x"}]},
            {"type":null,"role":"assistant","content":""},{"role":"user","content":[]},
            {"type":"function_call_output","call_id":"c","output":"ok"},{"type":"reasoning","encrypted_content":"abc"},
            {"type":"mcp_list_tools","tools":[]},{"type":"computer_call","action":{}}],
            "background":true,"previous_response_id":null,"max_tool_calls":null,"tools":[{"type":"custom","name":"t"},
            {"type":"computer_use_preview"},{"type":"shell","environment":{"type":"local"}},
            {"type":"namespace","name":"n","tools":[{"type":"function","name":"f"}]}]"#,
        ),
        response(r#""input":"hi""#),
        content(Endpoint::Embeddings, r#""input":["a"],"tools":[{"type":"web_search"}]"#),
    ] {
        let RequestContent { text_bytes, has_audio, .. } = bounded;
        assert_eq!(bounded, RequestContent { text_bytes, has_audio, ..RequestContent::default() });
    }
    assert_eq!(response(r#""input":"hi""#).text_bytes, 26);
}

#[test]
fn kinds_of_output_are_those_that_are_asked_for() {
    for (members, may_speak, may_draw) in [
        (r#""messages":[]"#, false, false),
        (r#""modalities":["text"]"#, false, false),
        (r#""modalities":null,"audio":null"#, false, false),
        (r#""modalities":["text","audio"],"audio":{"voice":"alloy","format":"wav"}"#, true, false),
        (r#""audio":{"voice":"alloy","format":"wav"}"#, true, false),
        (r#""modalities":["image","text"]"#, false, true),
        (r#""modalities":["hologram"]"#, true, true),
        (r#""modalities":"audio""#, true, true),
    ] {
        let found = chat(members);
        assert_eq!((found.may_speak, found.may_draw), (may_speak, may_draw), "{members}");
    }
}

#[test]
fn input_at_the_provider_is_bounded_by_the_model() {
    for (members, description, name) in [
        (r#""previous_response_id":"resp_1""#, "window", "previous_response_id"),
        (r#""conversation":{"id":"c"}"#, "window", "conversation"),
        (r#""prompt":{"id":"p"}"#, "window", "prompt"),
        (r#""input":[{"type":"compaction","id":"c","encrypted_content":"x"}]"#, "window", "input.compaction"),
        (r#""input":[{"type":"web_search_call","id":"ws_1"}]"#, "1 searches", "input.web_search_call"),
        (r#""input":[{"type":"item_reference","id":"i"}]"#, "window", "input.item_reference"),
        // What the model generated is at most one output.
        (r#""input":[{"type":"item_reference","id":"rs_1"}]"#, "1 stored", "input.item_reference"),
        (r#""input":[{"id":"fc_1"},{"id":"fc_2"}]"#, "2 stored", "input.item_reference"),
        (r#""input":[{"type":"reasoning","id":"rs_1","summary":[]}]"#, "1 stored", "input.reasoning"),
        // A reference may omit its type.
        (r#""input":[{"id":"msg_1"}]"#, "window", "input.item_reference"),
        (r#""input":[{"id":"msg_1","type":null}]"#, "window", "input.item_reference"),
        (r#""input":[{"id":"msg_1","role":"user","content":null}]"#, "window", "input.item_reference"),
        (r#""input":[{"id":"msg_1","role":1,"content":"x"}]"#, "window", "input.item_reference"),
        // The provider may take either of two members.
        (
            r#""input":[{"type":"item_reference","id":"rs_1","type":"message"}]"#,
            "window",
            "input.type appears twice",
        ),
        (
            r#""input":[{"id":"i","role":"user","content":null,"content":"x"}]"#,
            "window",
            "input.content appears twice",
        ),
        (
            r#""input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]"#,
            "window",
            "input.input_file",
        ),
        (r#""input":{}"#, "window", "input"),
    ] {
        let content = response(members);
        assert_eq!(
            (described(&content).as_str(), content.unbounded[0].as_str()),
            (description, name),
            "{members}"
        );
    }
    for (members, description, name) in [
        (r#""messages":[{"role":"assistant","audio":{"id":"a"}}]"#, "1 stored", "messages.audio"),
        (
            r#""messages":[{"content":[{"type":"text"},{"type":"te\u0078t"},{"type":"hologram"}]}]"#,
            "window",
            "messages.hologram",
        ),
        (
            r#""messages":[{"role":"user","content":[{"type":"image_url","type":"text"}]}]"#,
            "window",
            "messages.type appears twice",
        ),
    ] {
        let content = chat(members);
        assert_eq!(
            (described(&content).as_str(), content.unbounded[0].as_str()),
            (description, name),
            "{members}"
        );
    }
    let deep = format!(r#""messages":{}{}"#, "[".repeat(500_000), "]".repeat(500_000));
    assert_eq!(described(&chat(&deep)), "window");
}

#[test]
fn images_count_by_number_and_not_by_bytes() {
    let data = format!("data:image/png;base64,{}", "A".repeat(10_000));
    let chat_image = |detail: &str| {
        format!(
            r#"{{"role":"user","content":[{{"type":"image_url","image_url":{{"url":"{data}"{detail}}}}}]}}"#
        )
    };
    for (detail, description) in
        [("", "1 images"), (r#","detail":"high""#, "1 images"), (r#","detail":"low""#, "1 low")]
    {
        let content = chat(&format!(r#""messages":[{}]"#, chat_image(detail)));
        assert_eq!(described(&content), description);
        assert!(content.text_bytes < 150, "{}", content.text_bytes);
        assert!(content.unbounded.is_empty());
    }
    for (members, description) in [
        (format!(r#""input":[{{"role":"user","content":[{{"type":"input_image","image_url":"{data}"}}]}}]"#), "1 images"),
        (r#""input":[{"role":"user","content":[{"type":"input_image","file_id":"f","detail":"low"}]}]"#.to_owned(), "1 low"),
        (
            r#""input":[{"role":"user","content":[{"type":"input_image","detail":"low","detail":"high"}]}]"#.to_owned(),
            "1 images",
        ),
        (
            r#""input":[{"type":"function_call_output","output":[{"type":"input_image"},{"type":"input_image"}]}]"#
                .to_owned(),
            "2 images",
        ),
        (
            format!(r#""input":[{{"type":"computer_call_output","output":{{"type":"computer_screenshot","image_url":"{data}"}}}}]"#),
            "1 images",
        ),
        (format!(r#""input":[{{"type":"image_generation_call","id":"ig_1","result":"{data}"}}]"#), "1 images"),
    ] {
        let content = response(&members);
        assert_eq!(described(&content), description, "{members:.80}");
        assert!(content.text_bytes < 200, "{}", content.text_bytes);
    }
}

#[test]
fn built_in_tools_are_named_as_in_the_fee_table() {
    for (tool, name) in [
        (r#"{"type":"web_search"}"#, "web_search"),
        (r#"{"type":"web_search_2025_08_26"}"#, "web_search"),
        (r#"{"type":"web_search_preview_2025_03_11"}"#, "web_search_preview"),
        (r#"{"type":"file_search","vector_store_ids":["v"]}"#, "file_search"),
        (r#"{"type":"code_interpreter","container":{"type":"auto"}}"#, "code_interpreter"),
        (r#"{"type":"code_interpreter","container":"cntr_1"}"#, "code_interpreter"),
        (
            r#"{"type":"code_interpreter","container":{"type":"auto","memory_limit":"4g"}}"#,
            "code_interpreter_4g",
        ),
        (r#"{"type":"code_interpreter","container":{"type":"auto","memory_limit":"5g"}}"#, "other"),
        (r#"{"type":"image_generation"}"#, "image_generation"),
        (r#"{"type":"mcp","server_url":"https://x"}"#, "mcp"),
        (r#"{"type":"shell","environment":{"type":"container_auto"}}"#, "shell"),
        (r#"{"type":"namespace","tools":[{"type":"function"},{"type":"web_search"}]}"#, "web_search"),
        (r#"{"type":"x_search"}"#, "x_search"),
        (r#"{"type":"collections_search"}"#, "file_search"),
        (r#"{"type":"code_execution"}"#, "code_interpreter"),
        (r#"{"type":"teleport"}"#, "other"),
        (r#"{"name":"x"}"#, "other"),
        (r#"{"type":"web_search","t\u0079pe":"function"}"#, "other"),
    ] {
        assert_eq!(response(&format!(r#""tools":[{tool}]"#)).tools, [name], "{tool}");
        assert!(FeeTool::from_word(name).is_some(), "administrators can set a fee of {name}");
    }
    let several =
        response(r#""tools":[{"type":"mcp"},{"type":"mcp"},{"type":"web_search"}],"max_tool_calls":7"#);
    assert_eq!(
        (several.tools, several.max_tool_calls),
        (vec!["mcp".to_owned(), "web_search".to_owned()], Some(7))
    );
    assert_eq!(response(r#""max_tool_calls":18446744073709551615"#).max_tool_calls, Some(i64::MAX));
    assert_eq!(chat(r#""web_search_options":{}"#).tools, ["chat_search"]);
}
