//! What the events of a streamed message say.

use super::{counts, events, run};

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","model":"claude-opus-5-20260724","content":[],"usage":{"input_tokens":27,"cache_read_input_tokens":100,"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},"output_tokens":1,"service_tier":"standard"}}}"#;
const BLOCK: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
const PING: &str = r#"{"type":"ping"}"#;
const DELTA: &str = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hé"}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

fn end(usage: &str) -> String {
    format!(
        r#"{{"type":"message_delta","delta":{{"stop_reason":"end_turn","stop_sequence":null}},"usage":{usage}}}"#
    )
}

#[test]
fn stream_passes_unchanged_and_is_metered_at_every_split() {
    let usage = end(r#"{"output_tokens":15}"#);
    let unknown = r#"{"type":"something_new","usage":{"input_tokens":999999}}"#;
    let stream = events(&[START, PING, BLOCK, DELTA, unknown, &usage, STOP]);
    for chunk_bytes in 1..stream.len() {
        let (sent, last, observed) = run(&stream, chunk_bytes);
        assert_eq!(sent, stream);
        assert_eq!(last.unwrap(), events(&[STOP]));
        let report = observed.usage.as_ref().unwrap().report;
        assert_eq!(counts(&report), [Some(177), Some(100), Some(20), Some(30), Some(15)]);
        assert!(observed.has_final_usage() && !observed.truncated && observed.is_done());
        assert_eq!(observed.served_model.as_deref(), Some("claude-opus-5-20260724"));
        assert_eq!(observed.text_bytes(), 3);
    }
}

#[test]
fn last_counts_replace_the_first_and_are_never_added() {
    let cases = [
        (r#"{"input_tokens":27,"output_tokens":15}"#, [Some(177), Some(100), Some(20), Some(30), Some(15)]),
        // A tool of the provider read more.
        (
            r#"{"input_tokens":10682,"output_tokens":15}"#,
            [Some(10832), Some(100), Some(20), Some(30), Some(15)],
        ),
        (
            r#"{"input_tokens":27,"cache_creation_input_tokens":90,"output_tokens":15}"#,
            [Some(217), Some(100), Some(60), Some(30), Some(15)],
        ),
        // Fewer writes and more reads: repriced by the provider.
        (
            r#"{"input_tokens":27,"cache_read_input_tokens":150,"cache_creation_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":15}"#,
            [Some(177), Some(150), None, None, Some(15)],
        ),
        // A provider that no longer knows.
        (r#"{"input_tokens":0,"output_tokens":15}"#, [Some(177), Some(100), Some(20), Some(30), Some(15)]),
        (r#"{"input_tokens":null,"output_tokens":15}"#, [Some(177), Some(100), Some(20), Some(30), Some(15)]),
    ];
    for (usage, expected) in cases {
        let (_, _, observed) = run(&events(&[START, BLOCK, DELTA, &end(usage), STOP]), 1_000);
        let usage = observed.usage.unwrap();
        assert_eq!(counts(&usage.report), expected, "{}", usage.raw);
        assert!(serde_json::from_str::<Vec<serde_json::Value>>(&usage.raw).is_ok_and(|all| all.len() == 2));
    }
}

#[test]
fn several_ends_count_once() {
    let cumulative = [10, 12, 15].map(|output| end(&format!(r#"{{"output_tokens":{output}}}"#)));
    let [a, b, c] = &cumulative;
    let (_, _, observed) = run(&events(&[START, DELTA, a, b, DELTA, c, STOP]), 50);
    assert_eq!(observed.usage.as_ref().unwrap().report.output_tokens, Some(15));
    assert!(observed.has_final_usage());
}

#[test]
fn counts_of_a_cut_stream_are_not_final() {
    for cut in [vec![START], vec![START, BLOCK, DELTA], vec![START, BLOCK, DELTA, PING]] {
        let (_, last, observed) = run(&events(&cut), 40);
        assert_eq!(last, None);
        assert!(observed.truncated && !observed.has_final_usage(), "{cut:?}");
        assert_eq!(observed.usage.as_ref().unwrap().report.input_tokens, Some(177));
    }
    // The stop reason is the end of the answer, whether or not the last event follows.
    let (_, _, observed) = run(&events(&[START, DELTA, &end(r#"{"output_tokens":15}"#)]), 40);
    assert!(observed.has_final_usage() && observed.is_finished(1));
    // The small number that a stream begins with is no count of the answer.
    let (_, _, observed) = run(&events(&[START, DELTA, STOP]), 40);
    assert!(!observed.has_final_usage());
}

#[test]
fn error_after_a_success_is_recorded() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let (sent, _, observed) = run(&events(&[START, error]), 30);
    assert_eq!(sent, events(&[START, error]));
    assert_eq!(observed.error.as_ref().unwrap().recorded_code(), "overloaded_error");
    assert!(!observed.is_failed(), "the input was read");
    let (_, _, observed) = run(&events(&[error]), 30);
    assert!(observed.is_failed());
}

#[test]
fn thinking_tools_and_results_count_as_they_are_generated() {
    let cases = [
        (r#"{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"abc"}}"#, 3),
        (r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"#, 5),
        (r#"{"type":"content_block_delta","delta":{"type":"signature_delta","signature":"EqQBCgIY"}}"#, 0),
        (
            r#"{"type":"content_block_delta","delta":{"type":"citations_delta","citation":{"cited_text":"abc"}}}"#,
            0,
        ),
        (
            r#"{"type":"content_block_start","content_block":{"type":"web_search_tool_result","content":[{"title":"t"}]}}"#,
            0,
        ),
    ];
    for (event, bytes) in cases {
        assert_eq!(run(&events(&[event]), 30).2.text_bytes(), bytes, "{event}");
    }
}

#[test]
fn fallback_in_the_middle_names_the_model_that_answered() {
    let usage = end(r#"{"input_tokens":40,"output_tokens":20,"iterations":[
        {"type":"message","model":"claude-opus-5-20260724","input_tokens":30,"output_tokens":7},
        {"type":"fallback_message","model":"claude-sonnet-5","input_tokens":40,"output_tokens":20}]}"#);
    let usage = usage.replace('\n', "");
    let (_, _, observed) = run(&events(&[START, DELTA, &usage, STOP]), 100);
    assert_eq!(observed.served_model.as_deref(), Some("claude-sonnet-5"));
    assert_eq!(observed.parts.len(), 1);
    assert_eq!(observed.parts[0].model.as_deref(), Some("claude-opus-5-20260724"));
}

#[test]
fn document_in_place_of_a_stream_is_read() {
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}"#;
    let (sent, _, observed) = run(body, 10);
    assert_eq!(sent, body);
    assert!(observed.is_failed());
}
