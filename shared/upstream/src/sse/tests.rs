mod cases;
mod certain;
mod properties;
mod responses;

use super::*;

/// A tapped stream, and whether its usage is hidden.
type Tapped = (Endpoint, bool);

const CHAT: Tapped = (Endpoint::ChatCompletions, false);
const HIDING: Tapped = (Endpoint::ChatCompletions, true);
const RESPONSES: Tapped = (Endpoint::Responses, false);

/// All forwarded bytes, the terminal event if there was one, and what was observed.
fn run(tapped: Tapped, chunks: &[&[u8]]) -> (String, Option<String>, Observed) {
    let mut tap = StreamTap::new(tapped.0, tapped.1, 1);
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
    let report = observed.usage.as_ref()?.report;
    Some((report.input_tokens.unwrap_or_default(), report.output_tokens.unwrap_or_default()))
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
    assert_eq!((observed.content_events, observed.text_bytes()), (1, 3));
    assert!(observed.has_final_usage() && observed.is_done() && !observed.truncated);
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
    assert_eq!(observed.text_bytes(), 4 + 7 + 2);
}

#[test]
fn error_inside_a_chat_stream_is_observed_and_does_not_end_it() {
    let error = r#"{"error":{"message":"overloaded","type":"server_error","code":"server_is_overloaded"}}"#;
    let (sent, last, observed) = run_whole(CHAT, &format!("data: {error}\n\n"));
    assert_eq!(sent, format!("data: {error}\n\n"));
    assert_eq!(last, None);
    assert_eq!(observed.error.as_ref().unwrap().code.as_deref(), Some("server_is_overloaded"));
    assert!(observed.truncated && observed.text_bytes() == 0);
}

#[test]
fn broken_off_stream_is_truncated_and_its_rest_is_forwarded() {
    let stream = format!("data: {}\n\ndata: {{\"id\":\"c", delta("abc"));
    let (sent, last, observed) = run_whole(HIDING, &stream);
    assert_eq!(sent, stream);
    assert_eq!((last, observed.truncated, observed.malformed_events), (None, true, 1));
    assert_eq!(observed.text_bytes(), 3);
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
    let mut tap = StreamTap::new(HIDING.0, HIDING.1, 1);
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

#[test]
fn event_over_the_size_limit_passes_through_and_the_next_one_is_read() {
    let usage = format!("data: {{\"choices\":[],\"usage\":{USAGE}}}\r\n");
    let pad = "x".repeat(2_000);
    // Its second line would be dropped if it were taken for an event of its own.
    let big = format!("data: {{\"pad\":\"{pad}\"}}\r\n{usage}\r\n");
    let stream = format!("{big}{usage}\r\ndata: [DONE]\r\n\r\n");
    for size in 1..9 {
        let mut tap = StreamTap { max_event_bytes: 1_000, ..StreamTap::new(HIDING.0, HIDING.1, 1) };
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
        let mut tap = StreamTap::new(HIDING.0, HIDING.1, 1);
        tap.push(b"data: {}\n\n");
        assert!(tap.push(rest.as_bytes()).is_empty(), "{rest}");
        assert_eq!(String::from_utf8_lossy(&tap.finish().closed()), closed, "{rest}");
    }
}

#[test]
fn partly_forwarded_event_is_closed() {
    let mut tap = StreamTap { max_event_bytes: 10, ..StreamTap::new(HIDING.0, HIDING.1, 1) };
    tap.push(b"data: {\"pad\":\"xxxxxxxxxxxxxx");
    assert_eq!(tap.finish().closed(), "\n\n");
}
