//! Plans the output of a call: number of tokens, words, and the resulting usage.

use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::prompt::{Prompt, quarter};
use crate::schema;
use crate::tools::ToolCall;
use crate::usage::Usage;

/// Characters of one to four bytes, so that a reader that splits within a character fails a test.
const WORDS: [&str; 16] = [
    "Tokens", "are", "counted", "here,", "even", "in", "a", "café,", "naïve", "or", "not:", "数据", "flows",
    "🚀", "und", "so.",
];

/// The requested form of the output.
pub(crate) enum OutputShape {
    Text,
    Json(Value),
    Calls(Vec<ToolCall>),
}

impl OutputShape {
    /// What each part of a choice says, unless it is text.
    fn parts(&self) -> Option<Vec<String>> {
        match self {
            Self::Text => None,
            Self::Json(schema) => Some(vec![schema::example(schema).to_string()]),
            Self::Calls(calls) => Some(calls.iter().map(ToolCall::input).collect()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FinishReason {
    Stop,
    Length,
    ToolCalls,
}

/// One choice: a message, or calls to tools, in the pieces that a stream sends.
pub(crate) struct OutputChoice {
    /// One part for a message, one for each call.
    pub(crate) parts: Vec<Vec<String>>,
    pub(crate) finish: FinishReason,
}

impl OutputChoice {
    pub(crate) fn text(&self) -> String {
        self.parts.concat().concat()
    }
}

pub(crate) struct Output {
    pub(crate) choices: Vec<OutputChoice>,
    pub(crate) usage: Usage,
}

/// `cap` bounds the visible and hidden tokens of a choice together, like `max_completion_tokens`.
pub(crate) fn plan(
    prompt: Prompt,
    n: u64,
    cap: Option<u64>,
    shape: &OutputShape,
    behaviour: &Behaviour,
) -> Output {
    let parts = shape.parts();
    let target = match &parts {
        Some(parts) => parts.iter().map(|part| quarter(part)).sum(),
        None => behaviour.completion_tokens.unwrap_or(8 + (prompt.tokens / 4).min(248)),
    };
    let hidden_target = behaviour
        .reasoning_tokens
        .unwrap_or(0)
        .saturating_add(behaviour.rejected_prediction_tokens.unwrap_or(0));
    let total = cap
        .map_or(u64::MAX, |cap| cap.saturating_mul(n))
        .min(target.saturating_mul(n).saturating_add(hidden_target));
    // Reasoning comes first and may use up the whole bound.
    let reasoning = behaviour.reasoning_tokens.unwrap_or(0).min(total);
    let rejected = behaviour.rejected_prediction_tokens.unwrap_or(0).min(total - reasoning);
    let visible = total - reasoning - rejected;

    let choices = (0..n).map(|index| {
        let tokens = visible / n + u64::from(index < visible % n);
        let parts = match &parts {
            Some(parts) => split_parts(parts, tokens),
            None => vec![text_pieces(tokens, index, behaviour)],
        };
        let finish = match shape {
            _ if tokens < target => FinishReason::Length,
            OutputShape::Calls(_) => FinishReason::ToolCalls,
            _ => FinishReason::Stop,
        };
        OutputChoice { parts, finish }
    });
    let choices = choices.collect();
    Output { choices, usage: usage(prompt, total, reasoning, rejected, behaviour) }
}

pub(crate) fn usage(
    prompt: Prompt,
    output: u64,
    reasoning: u64,
    rejected: u64,
    behaviour: &Behaviour,
) -> Usage {
    Usage {
        input_tokens: prompt.tokens,
        cached_tokens: behaviour.cached_tokens.unwrap_or(0),
        cache_write_tokens: behaviour.cache_write_tokens.unwrap_or(0),
        input_audio_tokens: prompt.audio,
        output_tokens: output,
        reasoning_tokens: reasoning,
        output_audio_tokens: behaviour.output_audio_tokens.unwrap_or(0).min(output),
        accepted_prediction_tokens: behaviour.accepted_prediction_tokens.unwrap_or(0).min(output),
        rejected_prediction_tokens: rejected,
        ..Usage::default()
    }
}

/// One word per token. A big response has longer words, not more of them, to stay within the caller's bound.
fn text_pieces(tokens: u64, choice: u64, behaviour: &Behaviour) -> Vec<String> {
    let big = (behaviour.fault == Some(Fault::Big)).then(|| {
        let size = behaviour.size_bytes.unwrap_or(4 << 20);
        "x".repeat(size / usize::try_from(tokens.max(1)).unwrap_or(usize::MAX))
    });
    let word = |index: u64| {
        // There are sixteen words, so the remainder fits any integer type.
        // Each round has another order, because agents end a loop if the text repeats itself.
        let place = index * (index / 16 * 2 + 1) + choice;
        let word = WORDS[usize::try_from(place % WORDS.len() as u64).unwrap_or_default()];
        big.as_deref().unwrap_or(word)
    };
    (0..tokens).map(|i| if i == 0 { word(i).to_owned() } else { format!(" {}", word(i)) }).collect()
}

/// The bound cuts the last parts first.
fn split_parts(parts: &[String], tokens: u64) -> Vec<Vec<String>> {
    let mut left = tokens;
    let split = parts.iter().map(|part| {
        let pieces = json_pieces(part, left);
        left -= pieces.len() as u64;
        pieces
    });
    split.collect()
}

/// Pieces of one token each: four bytes, or a few more so that no character is split.
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
