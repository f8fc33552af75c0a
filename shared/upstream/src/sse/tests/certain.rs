//! Whatever a provider streams, what is recorded covers what was certainly used.

use domain::usage::{Answer, UsageBound, UsageQuality, UsageReport, resolve};
use proptest::prelude::*;

use super::{CHAT, HIDING, run};

/// One event of a provider without scruples.
#[derive(Debug, Clone)]
enum Piece {
    Text(&'static str),
    Usage(i64, i64, &'static str),
    Finish,
    Done,
    Malformed,
}

fn any_piece() -> impl Strategy<Value = Piece> {
    let count = || prop_oneof![Just(0), Just(-1), Just(1 << 50), 1_i64..500];
    let delta = prop::sample::select(vec!["[]", r#"[{"index":0,"delta":{"content":"usage"}}]"#]);
    prop_oneof![
        3 => prop::sample::select(vec!["word", "é", "\\ud83d", "🚀", ""]).prop_map(Piece::Text),
        3 => (count(), count(), delta).prop_map(|(input, output, choices)| Piece::Usage(input, output, choices)),
        1 => Just(Piece::Finish),
        1 => Just(Piece::Done),
        1 => Just(Piece::Malformed),
    ]
}

impl Piece {
    fn event(&self, end: &str) -> String {
        let data = match self {
            Self::Text(text) => format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#),
            Self::Usage(input, output, choices) => {
                format!(
                    r#"{{"choices":{choices},"usage":{{"prompt_tokens":{input},"completion_tokens":{output}}}}}"#
                )
            }
            Self::Finish => r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#.to_owned(),
            Self::Done => "[DONE]".to_owned(),
            Self::Malformed => "{\"choices\":[".to_owned(),
        };
        format!("data: {data}{end}")
    }

    fn text_bytes(&self) -> i64 {
        match self {
            Self::Text(text) => i64::try_from(if text.starts_with('\\') { 3 } else { text.len() }).unwrap(),
            Self::Usage(_, _, choices) if choices.contains("usage") => 5,
            _ => 0,
        }
    }
}

/// The last believable count of the pieces.
fn last(pieces: &[Piece], count: fn(&Piece) -> Option<i64>) -> Option<i64> {
    pieces.iter().filter_map(count).rfind(|count| (1..=1_000_000_000).contains(count))
}

proptest! {
    #[test]
    fn recorded_usage_covers_what_a_stream_showed(
        pieces in prop::collection::vec(any_piece(), 0..10),
        end in prop::sample::select(vec!["\n\n", "\r\n\r\n"]),
        tapped in prop::sample::select(vec![CHAT, HIDING]),
        may_hide_output: bool,
    ) {
        let stream: String = pieces.iter().map(|piece| piece.event(end)).collect();
        let (sent, _, observed) = run(tapped, &[stream.as_bytes()]);
        if tapped == CHAT {
            prop_assert_eq!(sent, stream);
        }
        let answer = Answer {
            text_bytes: observed.text_bytes(),
            is_final: observed.has_final_usage(),
            may_hide_output: may_hide_output || observed.has_unread_events(),
            may_grow_input: false,
            has_output: true,
        };
        let bound = UsageBound { input_tokens: 700, output_tokens: None, model_output_tokens: 9_000 };
        let report: Option<UsageReport> = observed.usage.as_ref().map(|usage| usage.report);
        let (usage, quality) = resolve(report.as_ref(), answer, bound);

        let input = last(&pieces, |piece| if let Piece::Usage(input, ..) = piece { Some(*input) } else { None });
        let output = last(&pieces, |piece| if let Piece::Usage(_, output, _) = piece { Some(*output) } else { None });
        let text: i64 = pieces.iter().map(Piece::text_bytes).sum();
        prop_assert_eq!(usage.input_tokens, input.unwrap_or(700));
        prop_assert!(usage.output_tokens >= output.unwrap_or_default());
        if quality == UsageQuality::Exact {
            prop_assert_eq!(usage.output_tokens, output.unwrap_or_default());
            prop_assert!(output.is_some() || text == 0);
            prop_assert!(pieces.iter().any(|piece| matches!(piece, Piece::Finish | Piece::Done)));
        } else if !observed.has_final_usage() {
            prop_assert!(usage.output_tokens >= text, "{usage:?} of {text} bytes");
            prop_assert!(!answer.may_hide_output || usage.output_tokens >= 9_000);
        }
    }
}
