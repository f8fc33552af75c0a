//! What a request for a message asks for, and what bounds it.

use domain::calls::{Endpoint, RequestContent};

use super::{content, parse};
use crate::wire::{RequestBody, RequestError};

fn bytes_of(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap()
}

#[test]
fn members_that_decide_are_read() {
    let body = parse(
        r#""max_tokens":1024,"stream":true,"metadata":{"user_id":"u1","user_label":"team-a"},"speed":"fast","messages":[]"#,
    )
    .unwrap();
    assert_eq!((body.stream, body.output_bound, body.n), (true, Some(1024), 1));
    assert_eq!((body.user.as_deref(), body.metadata_label.as_deref()), (Some("u1"), Some("team-a")));
    assert_eq!(body.service_tier.as_deref(), Some("fast"));
    assert!(!body.stores && !body.background && !body.hides_choices());
}

#[test]
fn body_is_sent_as_it_came() {
    let text =
        r#" {"model" : "claude-opus-5", "max_tokens":5, "unknown": [1e400, "\u00e9"], "stream":true}  "#;
    let body = RequestBody::parse(Endpoint::Messages, bytes::Bytes::from(text)).unwrap();
    assert_eq!(body.clone().with_include_usage().with_max_tool_calls(3).to_bytes(), text);
    // A limit fills in a bound that is missing.
    let text = r#"{"model":"claude-opus-5","messages":[]}"#;
    let body = RequestBody::parse(Endpoint::Messages, bytes::Bytes::from(text)).unwrap();
    assert_eq!(
        body.with_output_bound(64).to_bytes(),
        r#"{"model":"claude-opus-5","messages":[],"max_tokens":64}"#
    );
}

#[test]
fn refused_body_names_its_error() {
    let wrong = |members: &str| parse(members).unwrap_err().to_string();
    assert_eq!(wrong(r#""max_tokens":"many""#), "'max_tokens' must be a non-negative integer.");
    assert_eq!(wrong(r#""max_tokens":1,"max_tokens":2"#), "'max_tokens' appears more than once.");
    assert_eq!(wrong(r#""metadata":{"user_id":7}"#), "'metadata.user_id' must be a string.");
    assert_eq!(wrong(r#""stream":"yes""#), "'stream' must be a boolean.");
    let missing = RequestBody::parse(Endpoint::Messages, bytes::Bytes::from_static(b"{}")).unwrap_err();
    assert!(matches!(missing, RequestError::Missing { param: "model" }));
}

#[test]
fn text_is_bounded_by_its_bytes() {
    for members in [
        r#""max_tokens":9,"system":"Be brief.","messages":[{"role":"user","content":"Hi"}]"#,
        r#""max_tokens":9,"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}],"messages":[
        {"role":"user","content":[{"type":"text","text":"b"},{"type":"document","source":{"type":"text","data":"c"}}]},
        {"role":"assistant","content":[{"type":"thinking","thinking":"d","signature":"e"},{"type":"tool_use","id":"t","name":"f","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"g"}]}]}]"#,
        r#""messages":[],"tools":[],"mcp_servers":[],"container":null"#,
    ] {
        let content = content(members);
        assert_eq!(content, RequestContent { text_bytes: content.text_bytes, ..RequestContent::default() });
        assert_eq!(content.text_bytes, bytes_of(r#"{"model":"claude-opus-5",}"#) + bytes_of(members));
    }
}

#[test]
fn tools_add_what_the_provider_adds_for_them() {
    let base = content(r#""tools":[]"#).text_bytes;
    let added = |tool: &str| {
        let bytes = i64::try_from(tool.len()).unwrap();
        let content = content(&format!(r#""tools":[{tool}]"#));
        (content.text_bytes - base - bytes, content.tools, content.max_tool_calls)
    };
    assert_eq!(added(r#"{"name":"f","input_schema":{}}"#), (1_024, vec![], None));
    assert_eq!(added(r#"{"type":"custom","name":"f"}"#), (1_024, vec![], None));
    assert_eq!(added(r#"{"type":"bash_20250124","name":"bash"}"#), (16_384, vec![], None));
    let search = r#"{"type":"web_search_20260209","name":"web_search","max_uses":3}"#;
    assert_eq!(added(search), (16_384, vec!["web_search".to_owned()], Some(3)));
    // One without a bound leaves all without.
    let both = format!(r#"{search},{{"type":"web_fetch_20260209","name":"web_fetch"}}"#);
    assert_eq!(added(&both), (16_384, vec!["web_search".to_owned(), "web_fetch".to_owned()], Some(10)));
    assert_eq!(added(r#"{"type":"holodeck_20270101"}"#), (16_384, vec!["other".to_owned()], Some(10)));
}

#[test]
fn what_bytes_do_not_bound_is_named() {
    let image = r#""messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
        {"type":"tool_result","content":[{"type":"image","source":{"type":"url","url":"https://x/y.png"}}]}]}]"#;
    let content_of = content(image);
    assert_eq!((content_of.images, content_of.fills_window), (2, false));
    assert_eq!(content_of.text_bytes, content(r#""messages":[]"#).text_bytes + bytes_of(image) - 13 - 6);
    for (members, name) in [
        (
            r#""messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"u"}}]}]"#,
            "messages.document",
        ),
        (
            r#""messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","data":"JVBERi0="}}]}]"#,
            "messages.document",
        ),
        (r#""messages":[{"role":"user","content":[{"type":"document"}]}]"#, "messages.document"),
        (
            r#""messages":[{"role":"user","content":[{"type":"container_upload","file_id":"f"}]}]"#,
            "messages.container_upload",
        ),
        (r#""messages":[{"role":"user","content":[{"type":"hologram"}]}]"#, "messages.hologram"),
        (r#""messages":[{"role":"user","content":{"type":"text"}}]"#, "messages"),
        (r#""container":"container_1""#, "container"),
        (r#""system":{"type":"text"}"#, "system"),
    ] {
        let content = content(members);
        assert!(content.fills_window, "{members}");
        assert_eq!(content.unbounded, [name], "{members}");
    }
}

#[test]
fn other_models_leave_a_request_without_a_bound() {
    for members in [
        r#""fallbacks":[{"model":"claude-fable-5"}]"#,
        r#""fallback_credit_token":"t""#,
        r#""tools":[{"type":"advisor_20260301","model":"claude-opus-5"}]"#,
    ] {
        assert!(content(members).uses_other_models, "{members}");
    }
    let compaction = content(r#""context_management":{"edits":[{"type":"compact_20260112"}]}"#);
    assert_eq!(compaction.tools, ["compaction"]);
    assert_eq!(content(r#""mcp_servers":[{"type":"url","url":"u"}]"#).tools, ["mcp"]);
}

#[test]
fn cache_for_an_hour_is_seen_however_it_is_written() {
    for (members, is_long) in [
        (r#""system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]"#, true),
        (r#""cache_control":{"type":"ephemeral","ttl":"1h"}"#, true),
        (
            r#""system":[{"type":"text","text":"a","cache\u005fcontrol":{"type":"ephemeral","ttl":"\u0031h"}}]"#,
            true,
        ),
        (r#""system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"5m"}}]"#, false),
        (r#""system":[{"type":"text","text":"\u00e9","cache_control":{"type":"ephemeral"}}]"#, false),
        (r#""system":"ttl \"1h\"""#, false),
    ] {
        assert_eq!(content(members).cache_writes_long, is_long, "{members}");
    }
}

#[test]
fn containers_are_named() {
    let named = |members: &str| parse(members).unwrap().named_objects().containers;
    assert_eq!(named(r#""container":"container_1""#), ["container_1"]);
    assert_eq!(named(r#""container":{"id":"container_2","skills":[]}"#), ["container_2"]);
    assert_eq!(
        named(r#""container":{"skills":[]},"messages":[{"role":"user","content":"container"}]"#),
        [""; 0]
    );
}

#[test]
fn count_of_tokens_is_text_alone() {
    let body = bytes::Bytes::from_static(
        br#"{"model":"claude-opus-5","messages":[],"tools":[{"type":"web_search_1"}]}"#,
    );
    let length = body.len();
    let body = RequestBody::parse(Endpoint::MessagesCountTokens, body).unwrap();
    assert_eq!(body.content(), RequestContent::text(length));
    assert_eq!(body.clone().with_output_bound(5).to_bytes().len(), length);
}
