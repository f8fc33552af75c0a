//! Streams of the Responses API.

use domain::usage::Usage;

use super::{DONE, RESPONSES, run, run_whole, tokens};
use crate::sse::StreamEnding;

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
        assert_eq!(observed.usage.as_ref().unwrap().report.reading().0, usage);
        assert_eq!(observed.ending, Some(ending));
        assert_eq!(observed.service_tier.as_deref(), Some("priority"));
        assert_eq!((observed.content_events, observed.text_bytes()), (1, 3));
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
