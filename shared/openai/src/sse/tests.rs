use domain::usage::Usage;
use proptest::prelude::*;

use super::*;

/// A tapped stream, and whether its usage is hidden.
type Tapped = (Endpoint, bool);

const CHAT: Tapped = (Endpoint::ChatCompletions, false);
const HIDING: Tapped = (Endpoint::ChatCompletions, true);
const RESPONSES: Tapped = (Endpoint::Responses, false);

/// All forwarded bytes, the terminal event if there was one, and what was observed.
fn run(tapped: Tapped, chunks: &[&[u8]]) -> (String, Option<String>, Observed) {
    let mut tap = StreamTap::new(tapped.0, tapped.1);
    let mut sent = Vec::new();
    let mut last = None;
    for chunk in chunks {
        for segment in tap.push(chunk) {
            match segment {
                Segment::Forward(bytes) => sent.extend_from_slice(&bytes),
                Segment::Last(bytes) => {
                    assert_eq!(last, None, "two terminal events");
                    sent.extend_from_slice(&bytes);
                    last = Some(String::from_utf8_lossy(&bytes).into_owned());
                }
            }
        }
    }
    sent.extend_from_slice(&tap.finish().into_bytes());
    (String::from_utf8_lossy(&sent).into_owned(), last, tap.observed().clone())
}

fn run_whole(tapped: Tapped, stream: &str) -> (String, Option<String>, Observed) {
    run(tapped, &[stream.as_bytes()])
}

fn tokens(observed: &Observed) -> Option<(i64, i64)> {
    observed.usage.as_ref().map(|parsed| (parsed.usage.input_tokens, parsed.usage.output_tokens))
}

fn delta(content: &str) -> String {
    format!(
        r#"{{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5.6-sol","service_tier":"default","choices":[{{"index":0,"delta":{{"role":"assistant","content":"{content}"}},"finish_reason":null}}]}}"#
    )
}

const USAGE: &str = r#"{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}"#;
const DONE: &str = "data: [DONE]\n\n";

#[test]
fn a_chat_stream_is_metered_and_passes_unchanged() {
    let finish = r#"{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#;
    let usage = format!(r#"{{"id":"c1","model":"gpt-5.6-sol","choices":[],"usage":{USAGE}}}"#);
    let stream = format!("data: {}\n\ndata: {finish}\n\ndata: {usage}\n\n{DONE}", delta("hé"));
    let (sent, last, observed) = run_whole(CHAT, &stream);
    assert_eq!(sent, stream);
    assert_eq!(last.as_deref(), Some(DONE));
    assert_eq!(tokens(&observed), Some((9, 4)));
    assert_eq!(observed.usage.as_ref().unwrap().raw, USAGE);
    assert_eq!(observed.served_model.as_deref(), Some("gpt-5.6-sol"));
    assert_eq!(observed.service_tier.as_deref(), Some("default"));
    assert_eq!(observed.response_id.as_deref(), Some("c1"));
    assert_eq!((observed.content_events, observed.output_bytes), (1, 3));
    assert!(observed.finish_reason_seen && observed.is_done() && !observed.truncated);
}

#[test]
fn usage_is_taken_from_any_chunk_and_the_latest_wins() {
    let odd = r#"{"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":9,"completion_tokens":1}}"#;
    let after = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":4}}"#;
    let null = r#"{"choices":[],"usage":null}"#;
    let (_, _, observed) =
        run_whole(CHAT, &format!("data: {odd}\n\ndata: {after}\n\ndata: {null}\n\n{DONE}"));
    assert_eq!(tokens(&observed), Some((9, 4)));
}

#[test]
fn tool_calls_count_as_output_but_not_their_ids() {
    let chunk = r#"{"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"call_123","type":"function",
        "function":{"name":"find","arguments":"{\"a\":1}"}}],"audio":{"data":"AAAA","transcript":"hi"}}}]}"#
        .replace('\n', "");
    let (_, _, observed) = run_whole(CHAT, &format!("data: {chunk}\n\n"));
    assert_eq!(observed.output_bytes, 4 + 7 + 2);
}

#[test]
fn error_inside_a_chat_stream_is_observed_and_does_not_end_it() {
    let error = r#"{"error":{"message":"overloaded","type":"server_error","code":"server_is_overloaded"}}"#;
    let (sent, last, observed) = run_whole(CHAT, &format!("data: {error}\n\n"));
    assert_eq!(sent, format!("data: {error}\n\n"));
    assert_eq!(last, None);
    assert_eq!(observed.error.as_ref().unwrap().code.as_deref(), Some("server_is_overloaded"));
    assert!(observed.truncated && observed.output_bytes == 0);
}

#[test]
fn broken_off_stream_is_truncated_and_its_rest_is_forwarded() {
    let stream = format!("data: {}\n\ndata: {{\"id\":\"c", delta("abc"));
    let (sent, last, observed) = run_whole(HIDING, &stream);
    assert_eq!(sent, stream);
    assert_eq!((last, observed.truncated, observed.malformed_events), (None, true, 1));
    assert_eq!(observed.output_bytes, 3);
}

#[test]
fn usage_without_a_trailing_blank_line_still_counts() {
    let (sent, _, observed) = run_whole(HIDING, &format!(r#"data: {{"choices":[],"usage":{USAGE}}}"#));
    assert_eq!((sent.as_str(), tokens(&observed)), ("", Some((9, 4))));
}

#[test]
fn malformed_events_are_forwarded_and_counted() {
    for odd in ["data: {oops\n\n", "data: 5\n\n", "data\n\n", "data: <html>\n\n", "data: \"[DONE]\"\n\n"] {
        let (sent, last, observed) = run_whole(HIDING, &format!("{odd}{DONE}"));
        assert_eq!(sent, format!("{odd}{DONE}"));
        assert_eq!((last.as_deref(), observed.malformed_events), (Some(DONE), 1), "{odd:?}");
    }
}

#[test]
fn only_the_usage_chunk_is_dropped() {
    let usage =
        format!(r#"{{"id":"c","choices":[],"usage":{USAGE},"system_fingerprint":null,"obfuscation":"x"}}"#);
    let (sent, _, observed) = run_whole(HIDING, &format!("data: {usage}\n\n{DONE}"));
    assert_eq!(sent, DONE);
    assert_eq!(tokens(&observed), Some((9, 4)));
    for (chunk, kept) in [
        (r#"{"choices":[],"prompt_filter_results":[]}"#, r#"{"choices":[],"prompt_filter_results":[]}"#),
        (r#"{"choices":[],"usage":null}"#, r#"{"choices":[]}"#),
        (
            r#"{"choices":[],"moderation":{},"usage":{"prompt_tokens":1}}"#,
            r#"{"choices":[],"moderation":{}}"#,
        ),
        (
            r#"{"choices":[{"delta":{"content":"usage"}}],"usage":{"prompt_tokens":1}}"#,
            r#"{"choices":[{"delta":{"content":"usage"}}]}"#,
        ),
        (r#"{ "usage" : null , "choices":[1]}"#, r#"{ "choices":[1]}"#),
        (r#"{"a":1 , "us\u0061ge" :{"x":[1,{"usage":2}]} , "b":2}"#, r#"{"a":1 , "b":2}"#),
        (r#"{"usage":1,"usage":2,"a":3}"#, r#"{"a":3}"#),
        (r#"{"a":3,"usage":1,"usage":2}"#, r#"{"a":3}"#),
        (r#"{"usage":1,"a":3,"usage":2,"b":4}"#, r#"{"a":3,"b":4}"#),
        (r#"{"usage":null}"#, "{}"),
        (r#"{"usage":1 , "usage":2 }"#, "{ }"),
    ] {
        let (sent, _, _) = run_whole(HIDING, &format!("event: x\ndata:{chunk}\n\n"));
        let data = sent.strip_prefix("event: x\ndata:").unwrap().trim_end();
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(data), read(kept), "{chunk} -> {data}");
        if !chunk.starts_with("{ ") && chunk.contains("choices") {
            assert_eq!(data, kept);
        }
    }
}

#[test]
fn several_data_lines_are_one_text() {
    let stream = "id: 1\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\r\ndata:  \"usage\":\r\ndata:{\"prompt_tokens\":3,\r\ndata: \"completion_tokens\":1}}\r\nretry: 5\r\n\r\n";
    let (sent, _, observed) = run_whole(CHAT, stream);
    assert_eq!((sent.as_str(), tokens(&observed)), (stream, Some((3, 1))));
    let (sent, _, _) = run_whole(HIDING, stream);
    assert_eq!(sent, "id: 1\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\nretry: 5\r\n\r\n");
}

#[test]
fn byte_order_mark_does_not_hide_the_first_event() {
    let stream = format!("\u{FEFF}data: {{\"choices\":[1],\"usage\":{USAGE}}}\n\n");
    let (sent, _, observed) = run_whole(CHAT, &stream);
    assert_eq!((sent, tokens(&observed)), (stream, Some((9, 4))));
}

#[test]
fn keep_alives_and_events_are_forwarded_immediately() {
    let mut tap = StreamTap::new(HIDING.0, HIDING.1);
    let mut push = |text: &str| tap.push(text.as_bytes());
    let forward = |text: &str| vec![Segment::Forward(Bytes::copy_from_slice(text.as_bytes()))];
    assert_eq!(push(": ping\n"), forward(": ping\n"));
    assert_eq!(push("\n"), forward("\n"));
    assert_eq!(push("data: {\"choices\":[]}\n"), []);
    assert_eq!(push("\ndata: {\"a"), forward("data: {\"choices\":[]}\n\n"));
    assert_eq!(push("\":1}\n\ndata: {}\n\n"), forward("data: {\"a\":1}\n\ndata: {}\n\n"));
    assert_eq!(push(DONE), vec![Segment::Last(Bytes::from_static(DONE.as_bytes()))]);
    assert_eq!(push(": after\n\ndata: [DONE]\n\n"), forward(": after\n\ndata: [DONE]\n\n"));
}

fn completed(kind: &str, rest: &str) -> String {
    format!(
        "event: {kind}\ndata: {{\"type\":\"{kind}\",\"response\":{{\"id\":\"resp_1\",\"model\":\"gpt-5.6-sol\",\"service_tier\":\"priority\"{rest}}},\"sequence_number\":9}}\n\n"
    )
}

#[test]
fn a_responses_stream_is_metered_from_its_final_event() {
    let start = completed("response.created", r#","usage":null"#);
    let text = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"h\\u00e9\"}\n\n";
    let sound = "data: {\"type\":\"response.audio.delta\",\"delta\":\"AAAA\"}\n\n";
    for (kind, ending) in [
        ("response.completed", StreamEnding::Completed),
        ("response.incomplete", StreamEnding::Incomplete),
        ("response.failed", StreamEnding::Failed),
    ] {
        let end = completed(
            kind,
            r#","usage":{"input_tokens":30,"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2}}"#,
        );
        let stream = format!("{start}{text}{sound}{end}{DONE}");
        let (sent, last, observed) = run_whole(RESPONSES, &stream);
        assert_eq!((sent, last), (stream, Some(end)));
        let usage = Usage { input_tokens: 30, output_tokens: 5, reasoning_tokens: 2, ..Usage::default() };
        assert_eq!(observed.usage.as_ref().unwrap().usage, usage);
        assert_eq!(observed.ending, Some(ending));
        assert_eq!(observed.service_tier.as_deref(), Some("priority"));
        assert_eq!((observed.content_events, observed.output_bytes), (1, 3));
    }
}

#[test]
fn responses_error_event_may_be_followed_by_response_failed() {
    let error = "data: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"m\",\"param\":null}\n\n";
    let end =
        completed("response.failed", r#","usage":null,"error":{"code":"rate_limit_exceeded","message":"m"}"#);
    let (_, last, observed) = run_whole(RESPONSES, error);
    assert_eq!((last, observed.truncated), (None, true));
    assert_eq!(observed.error.as_ref().unwrap().code.as_deref(), Some("server_error"));
    assert_eq!(observed.error.as_ref().unwrap().kind, None);
    let (_, last, observed) = run_whole(RESPONSES, &format!("{error}{end}"));
    assert_eq!(last, Some(end));
    assert_eq!(observed.error.as_ref().unwrap().code.as_deref(), Some("rate_limit_exceeded"));
    assert_eq!((observed.usage, observed.ending), (None, Some(StreamEnding::Failed)));
}

#[test]
fn responses_event_may_be_named_by_its_event_field_alone() {
    let stream = "event: response.completed\ndata: {\"response\":{\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}}\n\n";
    let (_, last, observed) = run_whole(RESPONSES, stream);
    assert_eq!((last.as_deref(), tokens(&observed)), (Some(stream), Some((1, 2))));
}

#[test]
fn event_of_several_megabytes_in_small_chunks_is_read() {
    let padding = "x".repeat(4_000_000);
    let stream = completed(
        "response.completed",
        &format!(r#","output":"{padding}","usage":{{"input_tokens":1,"output_tokens":2}}"#),
    );
    let chunks: Vec<&[u8]> = stream.as_bytes().chunks(1_000).collect();
    let (sent, last, observed) = run(RESPONSES, &chunks);
    assert!(sent == stream && last.is_some());
    assert_eq!((tokens(&observed), observed.unread_events), (Some((1, 2)), 0));
}

#[test]
fn event_over_the_size_limit_passes_through_and_the_next_one_is_read() {
    let usage = format!("data: {{\"choices\":[],\"usage\":{USAGE}}}\r\n");
    let pad = "x".repeat(2_000);
    // Its second line would be dropped if it were taken for an event of its own.
    let big = format!("data: {{\"pad\":\"{pad}\"}}\r\n{usage}\r\n");
    let stream = format!("{big}{usage}\r\ndata: [DONE]\r\n\r\n");
    for size in 1..9 {
        let mut tap = StreamTap::with_max_event_bytes(HIDING.0, HIDING.1, 1_000);
        let mut sent = Vec::new();
        for chunk in stream.as_bytes().chunks(size) {
            for segment in tap.push(chunk) {
                match segment {
                    Segment::Forward(bytes) | Segment::Last(bytes) => sent.extend_from_slice(&bytes),
                }
            }
            assert!(tap.buffer.len() <= 1_000 + size);
        }
        assert!(tap.finish().into_bytes().is_empty());
        assert_eq!(String::from_utf8(sent).unwrap(), format!("{big}data: [DONE]\r\n\r\n"), "{size}");
        assert_eq!(tap.observed().unread_events, 1);
        assert_eq!(tokens(tap.observed()), Some((9, 4)));
    }
}

#[test]
fn readable_rest_is_closed_and_any_other_is_dropped() {
    let chunk = delta("Hi");
    let usage = format!("data: {{\"choices\":[],\"usage\":{USAGE}}}");
    for (rest, closed) in [
        (String::new(), String::new()),
        (format!("data: {}", &chunk[..20]), String::new()),
        (format!("data: {}\n", &chunk[..20]), String::new()),
        ("data: {\"id\":1}\nda".to_owned(), "data: {\"id\":1}\nda\n\n".to_owned()),
        (format!("data: {chunk}"), format!("data: {chunk}\n\n")),
        (format!("data: {chunk}\n"), format!("data: {chunk}\n\n")),
        (format!("data: {chunk}\r"), format!("data: {chunk}\r\n\n")),
        (format!("data: {chunk}\r\n"), format!("data: {chunk}\r\n\n")),
        // A name alone would be attached to the next event.
        ("event: response.completed\n".to_owned(), String::new()),
        (": PROCESS".to_owned(), String::new()),
        (usage, String::new()),
    ] {
        let mut tap = StreamTap::new(HIDING.0, HIDING.1);
        tap.push(b"data: {}\n\n");
        assert!(tap.push(rest.as_bytes()).is_empty(), "{rest}");
        assert_eq!(String::from_utf8_lossy(&tap.finish().closed()), closed, "{rest}");
    }
}

#[test]
fn partly_forwarded_event_is_closed() {
    let mut tap = StreamTap::with_max_event_bytes(HIDING.0, HIDING.1, 10);
    tap.push(b"data: {\"pad\":\"xxxxxxxxxxxxxx");
    assert_eq!(tap.finish().closed(), "\n\n");
}

/// Pieces of streams, valid and malformed, to be joined in any order.
fn any_piece() -> impl Strategy<Value = String> {
    let end = prop::sample::select(vec!["\n", "\r\n", "\r"]);
    let body = prop_oneof![
        Just(format!("data: {}", delta("çé"))),
        Just(format!("data: {{\"choices\":[],\"usage\":{USAGE}}}")),
        (0_i64..99).prop_map(|n| format!("data: {{\"choices\":[1],\"usage\":{{\"prompt_tokens\":{n}}}}}")),
        (0_i64..99).prop_map(|n| format!(
            "data: {{\"type\":\"response.in_progress\",\"response\":{{\"usage\":{{\"input_tokens\":{n}}}}}}}"
        )),
        Just("data: {\"type\":\"response.completed\",\"response\":{}}".to_owned()),
        Just("data: {\"choices\":[1],@data:\"usage\":@data: null}".to_owned()),
        Just("data: [DONE]".to_owned()),
        Just(": comment".to_owned()),
        Just("event: x@: comment@id: 5".to_owned()),
        Just("data: {broken".to_owned()),
        Just(String::new()),
        "[dat:\\[\\]{}\" \\n\\r]{0,12}",
    ];
    (body, end, 0_usize..3)
        .prop_map(|(body, end, blank)| format!("{}{}", body.replace('@', end), end.repeat(blank)))
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_bytes_and_usage(
        pieces in prop::collection::vec(any_piece(), 0..12),
        splits in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
        tapped in prop::sample::select(vec![CHAT, HIDING, RESPONSES]),
    ) {
        let stream = pieces.concat();
        let mut cuts: Vec<usize> = splits.iter().map(|index| index.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|cut| &stream.as_bytes()[cut[0]..cut[1]]).collect();
        let whole = run_whole(tapped, &stream);
        prop_assert_eq!(&run(tapped, &chunks), &whole);
        let bytewise: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        prop_assert_eq!(&run(tapped, &bytewise), &whole);
        if tapped != HIDING {
            prop_assert_eq!(whole.0, stream);
        }
    }

    #[test]
    fn hidden_usage_leaves_the_stream_of_a_request_without_include_usage(
        chunks in prop::collection::vec(("[a-z ]{0,6}", 0_usize..4, any::<bool>()), 0..10),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        size in 1_usize..50,
    ) {
        let mut asked = Vec::new();
        let mut plain = Vec::new();
        for (text, place, is_finish) in &chunks {
            let finish = if *is_finish { "\"stop\"" } else { "null" };
            let mut members = vec![
                "\"id\":\"c\"".to_owned(),
                "\"model\":\"m\"".to_owned(),
                format!("\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":{finish}}}]"),
            ];
            plain.push(format!("{{{}}}", members.join(",")));
            members.insert(*place, "\"usage\":null".to_owned());
            asked.push(format!("{{{}}}", members.join(",")));
        }
        asked.push(format!("{{\"id\":\"c\",\"choices\":[],\"usage\":{USAGE}}}"));
        let stream_of = |chunks: &[String]| -> String {
            let data = chunks.iter().map(String::as_str).chain(["[DONE]"]);
            data.flat_map(|data| ["data: ", data, end, end]).collect()
        };
        let (asked, plain) = (stream_of(&asked), stream_of(&plain));
        let split: Vec<&[u8]> = asked.as_bytes().chunks(size).collect();
        let (sent, last, observed) = run(HIDING, &split);
        prop_assert_eq!(sent, plain);
        prop_assert_eq!(last.unwrap(), format!("data: [DONE]{end}{end}"));
        prop_assert_eq!(tokens(&observed), Some((9, 4)));
    }

    #[test]
    fn any_bytes_are_forwarded(bytes: Vec<u8>, size in 1_usize..9) {
        for tapped in [CHAT, HIDING, RESPONSES] {
            let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(run(tapped, &chunks).0, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}
