//! The provider's usage object, in the shape of any endpoint, as [`Usage`].

use domain::usage::{MAX_TOKENS, Usage, UsageQuality};

use super::{as_present, members};

/// What a usage object said, and the object itself for replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedUsage {
    pub usage: Usage,
    pub quality: UsageQuality,
    pub raw: String,
}

/// Reads a usage object. `None` where it is no object or names neither an input nor an output total:
/// a call without totals is one to estimate, not one of zero tokens.
///
/// Both naming schemes are taken (`prompt_tokens` and `input_tokens`); a missing detail is 0. Some providers fill in one
/// of them and leave the other at zero or null, which takes nothing away.
pub fn parse_usage(object: &str) -> Option<ParsedUsage> {
    let mut input = Count::Absent;
    let mut output = Count::Absent;
    let mut report = Usage::default();
    let mut is_sound = true;
    for member in members(object).ok()? {
        match member.key.as_ref() {
            "prompt_tokens" | "input_tokens" => input = input.or_later(Count::read(member.value)),
            "completion_tokens" | "output_tokens" => output = output.or_later(Count::read(member.value)),
            "prompt_tokens_details" | "input_tokens_details" => {
                is_sound &= read_details(member.value, |name, count| match name {
                    "cached_tokens" => keep(&mut report.cached_tokens, count),
                    "cache_write_tokens" => keep(&mut report.cache_write_tokens, count),
                    "audio_tokens" => keep(&mut report.audio_input_tokens, count),
                    _ => {}
                });
            }
            "completion_tokens_details" | "output_tokens_details" => {
                is_sound &= read_details(member.value, |name, count| match name {
                    "reasoning_tokens" => keep(&mut report.reasoning_tokens, count),
                    "audio_tokens" => keep(&mut report.audio_output_tokens, count),
                    _ => {}
                });
            }
            _ => {}
        }
    }
    if input.known().is_none() && output.known().is_none() {
        return None;
    }
    // Embeddings have no output at all; an output without an input is a fault of the provider.
    is_sound &= input.known().is_some() && !matches!(output, Count::Odd);
    report.input_tokens = input.known().unwrap_or_default();
    report.output_tokens = output.known().unwrap_or_default();
    let (usage, quality) = report.clamped();
    let quality = if is_sound { quality } else { UsageQuality::Inconsistent };
    Some(ParsedUsage { usage, quality, raw: object.to_owned() })
}

#[derive(Clone, Copy)]
enum Count {
    Absent,
    Known(i64),
    /// Present, but not a whole number.
    Odd,
}

impl Count {
    fn read(value: &str) -> Self {
        if as_present(value).is_none() {
            return Self::Absent;
        }
        if let Ok(count) = value.parse::<i64>() {
            return Self::Known(count);
        }
        match value.parse::<f64>() {
            // Too large for any call: kept too large, so that clamping reports it.
            #[expect(clippy::cast_precision_loss, reason = "10^12 is exact in an f64")]
            Ok(number) if number > MAX_TOKENS as f64 => Self::Known(i64::MAX),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "whole, and at most 10^12 in magnitude or negative"
            )]
            Ok(number) if number.fract() == 0.0 => Self::Known(number as i64),
            _ => Self::Odd,
        }
    }

    /// What two members of the same meaning say together: the later one, unless it knows less.
    fn or_later(self, later: Self) -> Self {
        match (self, later) {
            (_, Self::Absent) | (Self::Known(1..), Self::Known(0) | Self::Odd) => self,
            _ => later,
        }
    }

    fn known(self) -> Option<i64> {
        match self {
            Self::Known(count) => Some(count),
            Self::Absent | Self::Odd => None,
        }
    }
}

fn keep(detail: &mut i64, count: i64) {
    if count != 0 {
        *detail = count;
    }
}

/// Hands each count of a details object to `take`; false where something was not a count.
fn read_details(object: &str, mut take: impl FnMut(&str, i64)) -> bool {
    let Some(object) = as_present(object) else { return true };
    let Ok(details) = members(object) else { return false };
    let mut is_sound = true;
    for member in details {
        match Count::read(member.value) {
            Count::Known(count) => take(&member.key, count),
            Count::Absent => {}
            // An unknown detail may be of any type; one we count must be a number.
            Count::Odd => is_sound &= !member.key.ends_with("_tokens"),
        }
    }
    is_sound
}
