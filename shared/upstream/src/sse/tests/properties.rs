//! Properties that hold for any stream and any chunking.

use proptest::prelude::*;

use super::{CHAT, HIDING, RESPONSES, USAGE, delta, run, run_whole, tokens};

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
