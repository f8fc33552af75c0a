use domain::calls::Endpoint;
use proptest::prelude::*;

use super::{chunk, counts, event, message, run};
use crate::wire::closing_bedrock_message;

const USAGE: &str = r#"{"inputTokens":6,"outputTokens":9,"totalTokens":34,"cacheReadInputTokens":10,"cacheWriteInputTokens":9,
    "cacheDetails":[{"ttl":"1h","inputTokens":4}]}"#;

/// A Converse, message by message.
fn converse() -> Vec<Vec<u8>> {
    vec![
        event("messageStart", r#"{"role":"assistant","p":"ab"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hé"},"p":"abcdefgh"}"#),
        event("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        event("messageStop", r#"{"stopReason":"end_turn"}"#),
        event(
            "metadata",
            &format!(r#"{{"usage":{USAGE},"metrics":{{"latencyMs":1}},"serviceTier":{{"type":"flex"}}}}"#),
        ),
    ]
}

#[test]
fn converse_is_metered_by_its_metadata_and_passes_unchanged() {
    let messages = converse();
    let stream = messages.concat();
    for size in 1..=stream.len() {
        let chunks: Vec<&[u8]> = stream.chunks(size).collect();
        let (sent, last, observed) = run(Endpoint::Converse, &chunks);
        assert!(sent == stream && last.as_ref() == messages.last(), "{size}");
        assert_eq!(
            counts(&observed.usage.as_ref().unwrap().report),
            [Some(25), Some(10), Some(5), Some(4), Some(9)]
        );
        assert!(observed.has_final_usage() && observed.is_done() && !observed.truncated);
        assert_eq!((observed.text_bytes(), observed.content_events), (3, 1));
        assert_eq!(observed.service_tier.as_deref(), Some("flex"));
        assert!(!observed.has_unread_events());
    }
}

proptest! {
    #[test]
    fn any_bytes_pass_unchanged_however_they_are_split(
        start in prop::collection::vec(any::<u8>(), 0..40),
        is_converse: bool,
        cuts in prop::collection::vec(0..400usize, 0..8),
    ) {
        let mut stream = if is_converse { converse().concat() } else { Vec::new() };
        stream.extend_from_slice(&start);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.sort_unstable();
        let mut chunks = Vec::new();
        let mut from = 0;
        for cut in cuts {
            chunks.push(&stream[from..cut]);
            from = cut;
        }
        chunks.push(&stream[from..]);
        let (sent, ..) = run(Endpoint::Converse, &chunks);
        prop_assert_eq!(sent, stream);
    }

    #[test]
    fn a_changed_byte_is_noticed(at in 0..300usize, flip in 1..=255u8) {
        let mut stream = converse().concat();
        let at = at.min(stream.len() - 1);
        stream[at] ^= flip;
        let (sent, _, observed) = run(Endpoint::Converse, &[&stream]);
        prop_assert_eq!(sent, stream);
        prop_assert!(observed.has_unread_events());
    }
}

#[test]
fn wrong_checksum_costs_one_message_and_a_wrong_length_the_rest() {
    let mut messages = converse();
    *messages[1].last_mut().unwrap() ^= 1;
    let (_, _, observed) = run(Endpoint::Converse, &[&messages.concat()]);
    assert_eq!((observed.malformed_events, observed.text_bytes()), (1, 0));
    assert!(observed.usage.is_some() && observed.is_done());
    let mut messages = converse();
    messages[1][2] ^= 1;
    let (_, _, observed) = run(Endpoint::Converse, &[&messages.concat()]);
    assert!(observed.usage.is_none() && observed.truncated && observed.malformed_events == 1);
}

#[test]
fn cut_stream_is_truncated() {
    let stream = converse().concat();
    let (sent, last, observed) = run(Endpoint::Converse, &[&stream[..stream.len() - 1]]);
    assert_eq!((sent.len(), last), (stream.len() - 1, None));
    assert!(observed.truncated && observed.usage.is_none() && observed.malformed_events == 1);
}

#[test]
fn exceptions_and_errors_are_observed() {
    let exception = message("exception", "throttlingException", r#"{"message":"Slow down"}"#);
    let (_, _, observed) = run(Endpoint::Converse, &[&[converse()[0].clone(), exception].concat()]);
    let error = observed.error.unwrap();
    assert_eq!(
        (error.code.as_deref(), error.message.as_deref()),
        (Some("throttlingException"), Some("Slow down"))
    );
    assert!(observed.truncated);
    let closing = closing_bedrock_message("modelStreamErrorException", "It broke off.");
    let (sent, _, observed) = run(Endpoint::InvokeModel, &[&closing]);
    assert_eq!(sent, closing);
    assert_eq!(observed.error.unwrap().code.as_deref(), Some("modelStreamErrorException"));
}

#[test]
fn json_in_place_of_a_stream_is_read() {
    let (sent, _, observed) = run(Endpoint::Converse, &[br#"{"message":"#, br#""No."}"#]);
    assert_eq!(sent, br#"{"message":"No."}"#);
    assert_eq!(observed.error.unwrap().message.as_deref(), Some("No."));
}

const METRICS: &str = r#""amazon-bedrock-invocationMetrics":{"inputTokenCount":6,"outputTokenCount":9,
    "cacheReadInputTokenCount":10,"cacheWriteInputTokenCount":9,"invocationLatency":1}"#;

#[test]
fn claudes_own_counts_win_over_the_metrics() {
    let usage = r#"{"input_tokens":6,"cache_read_input_tokens":10,"cache_creation_input_tokens":9,
        "cache_creation":{"ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":4},"output_tokens":1}"#;
    let stream = [
        chunk(&format!(r#"{{"type":"message_start","message":{{"model":"claude","usage":{usage}}}}}"#)),
        chunk(r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#),
        chunk(r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}"#),
        chunk(&format!(r#"{{"type":"message_stop",{METRICS}}}"#)),
    ];
    let (sent, last, observed) = run(Endpoint::InvokeModel, &[&stream.concat()]);
    assert_eq!((sent, last.as_ref()), (stream.concat(), stream.last()));
    assert_eq!(
        counts(&observed.usage.as_ref().unwrap().report),
        [Some(25), Some(10), Some(5), Some(4), Some(9)]
    );
    assert!(observed.has_final_usage() && observed.served_model.as_deref() == Some("claude"));
    // Without them, the metrics count.
    let (_, _, observed) = run(Endpoint::InvokeModel, &[&stream[3]]);
    assert_eq!(counts(&observed.usage.unwrap().report), [Some(25), Some(10), Some(9), None, Some(9)]);
}

#[test]
fn chunks_of_others_are_counted_by_the_metrics() {
    let stream = [
        chunk(r#"{"generation":"Hi","stop_reason":null}"#),
        chunk(&format!(r#"{{"generation":"","stop_reason":"stop",{METRICS}}}"#)),
    ];
    let (_, last, observed) = run(Endpoint::InvokeModel, &[&stream.concat()]);
    assert_eq!(last.as_ref(), stream.last());
    assert!(observed.has_final_usage() && observed.text_bytes() >= 2);
    assert_eq!(counts(&observed.usage.unwrap().report), [Some(25), Some(10), Some(9), None, Some(9)]);
    // A stream without them that ends properly is no broken one, but its usage is not known.
    let (_, _, observed) = run(Endpoint::InvokeModel, &[&stream[0]]);
    assert!(observed.usage.is_none() && observed.is_finished(1));
    for broken in [event("chunk", r#"{"bytes":"?"}"#), event("chunk", "[]"), chunk("7")] {
        assert_eq!(run(Endpoint::InvokeModel, &[&broken]).2.malformed_events, 1);
    }
}
