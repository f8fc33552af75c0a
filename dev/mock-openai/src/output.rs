//! Plans what a call answers: how many tokens, with which words, and the usage that follows from it.

use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::prompt::{Prompt, quarter};
use crate::schema;
use crate::usage::Usage;

/// Words of one to four bytes a character, so that a reader that splits inside a character is found out.
const WORDS: [&str; 16] = [
    "Tokens", "are", "counted", "here,", "even", "in", "a", "café,", "naïve", "or", "not:", "数据", "flows",
    "🚀", "und", "so.",
];

/// What the caller wants in place of free text.
pub(crate) enum Shape {
    Text,
    Json(Value),
    Call { name: String, arguments: Value },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    Stop,
    Length,
    ToolCalls,
}

/// One answer, in the pieces a stream sends it in.
pub(crate) struct Choice {
    pub(crate) pieces: Vec<String>,
    pub(crate) finish: Finish,
}

impl Choice {
    pub(crate) fn text(&self) -> String {
        self.pieces.concat()
    }
}

pub(crate) struct Output {
    pub(crate) choices: Vec<Choice>,
    pub(crate) usage: Usage,
}

/// `cap` bounds visible and hidden tokens of one choice together, as `max_completion_tokens` does.
pub(crate) fn plan(prompt: Prompt, n: u64, cap: Option<u64>, shape: &Shape, wanted: &Behaviour) -> Output {
    let json = match shape {
        Shape::Text => None,
        Shape::Json(schema) | Shape::Call { arguments: schema, .. } => {
            Some(schema::example(schema).to_string())
        }
    };
    let wish = match &json {
        Some(json) => quarter(json),
        None => wanted.completion_tokens.unwrap_or(8 + (prompt.tokens / 4).min(248)),
    };
    let hidden_wish =
        wanted.reasoning_tokens.unwrap_or(0).saturating_add(wanted.rejected_prediction_tokens.unwrap_or(0));
    let total = cap
        .map_or(u64::MAX, |cap| cap.saturating_mul(n))
        .min(wish.saturating_mul(n).saturating_add(hidden_wish));
    // Reasoning comes first and may leave nothing for the answer.
    let reasoning = wanted.reasoning_tokens.unwrap_or(0).min(total);
    let rejected = wanted.rejected_prediction_tokens.unwrap_or(0).min(total - reasoning);
    let visible = total - reasoning - rejected;

    let choices = (0..n).map(|index| {
        let tokens = visible / n + u64::from(index < visible % n);
        let pieces = match &json {
            Some(json) => json_pieces(json, tokens),
            None => text_pieces(tokens, index, wanted),
        };
        let finish = match shape {
            _ if tokens < wish => Finish::Length,
            Shape::Call { .. } => Finish::ToolCalls,
            _ => Finish::Stop,
        };
        Choice { pieces, finish }
    });
    let choices = choices.collect();
    Output { choices, usage: usage(prompt, total, reasoning, rejected, wanted) }
}

pub(crate) fn usage(prompt: Prompt, output: u64, reasoning: u64, rejected: u64, wanted: &Behaviour) -> Usage {
    Usage {
        input_tokens: prompt.tokens,
        cached_tokens: wanted.cached_tokens.unwrap_or(0),
        cache_write_tokens: wanted.cache_write_tokens.unwrap_or(0),
        input_audio_tokens: prompt.audio,
        output_tokens: output,
        reasoning_tokens: reasoning,
        output_audio_tokens: wanted.output_audio_tokens.unwrap_or(0).min(output),
        accepted_prediction_tokens: wanted.accepted_prediction_tokens.unwrap_or(0).min(output),
        rejected_prediction_tokens: rejected,
    }
}

/// One word a token; a big answer has long words, not more of them, so it stays within the caller's bound.
fn text_pieces(tokens: u64, choice: u64, wanted: &Behaviour) -> Vec<String> {
    let big = (wanted.fault == Some(Fault::Big)).then(|| {
        let size = wanted.size_bytes.unwrap_or(4 << 20);
        "x".repeat(size / usize::try_from(tokens.max(1)).unwrap_or(usize::MAX))
    });
    let word = |index: u64| {
        // Sixteen words: the remainder fits any integer.
        let word = WORDS[usize::try_from((index + choice) % WORDS.len() as u64).unwrap_or_default()];
        big.as_deref().unwrap_or(word)
    };
    (0..tokens).map(|i| if i == 0 { word(i).to_owned() } else { format!(" {}", word(i)) }).collect()
}

/// Pieces of one token, four bytes or a little more where a character straddles the border.
fn json_pieces(json: &str, tokens: u64) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = json;
    while !rest.is_empty() && (pieces.len() as u64) < tokens {
        let mut end = rest.len().min(4);
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let (piece, tail) = rest.split_at(end);
        pieces.push(piece.to_owned());
        rest = tail;
    }
    pieces
}
