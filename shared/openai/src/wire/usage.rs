//! Reads the provider's usage object of any endpoint into a [`Usage`].

use domain::usage::{MAX_TOKENS, Usage, UsageQuality};

use super::fields::{as_present, members};

/// The contents of a usage object, and the object itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedUsage {
    pub usage: Usage,
    pub quality: UsageQuality,
    pub raw: String,
}

/// Reads a usage object. `None` if it is not an object or has neither an input nor an output total, because a call
/// without totals must be estimated, not counted as zero tokens.
///
/// Reads both naming schemes (`prompt_tokens` and `input_tokens`); a missing detail is 0. Some providers fill in one of
/// them and leave the other at zero or null, which does not override a known count.
pub fn parse_usage(object: &str) -> Option<ParsedUsage> {
    let mut input = Count::Absent;
    let mut output = Count::Absent;
    let mut report = Usage::default();
    let mut is_valid = true;
    for member in members(object).ok()? {
        match member.key.as_ref() {
            "prompt_tokens" | "input_tokens" => input = input.or_later(Count::read(member.value)),
            "completion_tokens" | "output_tokens" => output = output.or_later(Count::read(member.value)),
            "prompt_tokens_details" | "input_tokens_details" => {
                is_valid &= read_details(member.value, |name, count| match name {
                    "cached_tokens" => keep(&mut report.cached_tokens, count),
                    "cache_write_tokens" => keep(&mut report.cache_write_tokens, count),
                    "audio_tokens" => keep(&mut report.audio_input_tokens, count),
                    _ => {}
                });
            }
            "completion_tokens_details" | "output_tokens_details" => {
                is_valid &= read_details(member.value, |name, count| match name {
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
    // Embeddings have no output; output without input is a fault of the provider.
    is_valid &= input.known().is_some() && !matches!(output, Count::Invalid);
    report.input_tokens = input.known().unwrap_or_default();
    report.output_tokens = output.known().unwrap_or_default();
    let (usage, quality) = report.clamped();
    let quality = if is_valid { quality } else { UsageQuality::Inconsistent };
    Some(ParsedUsage { usage, quality, raw: object.to_owned() })
}

#[derive(Clone, Copy)]
enum Count {
    Absent,
    Known(i64),
    /// Present, but not a whole number.
    Invalid,
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
            // Too large for any call. Kept too large, so that clamping reports it.
            #[expect(clippy::cast_precision_loss, reason = "10^12 is exact in an f64")]
            Ok(number) if number > MAX_TOKENS as f64 => Self::Known(i64::MAX),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "whole, and at most 10^12 in magnitude or negative"
            )]
            Ok(number) if number.fract() == 0.0 => Self::Known(number as i64),
            _ => Self::Invalid,
        }
    }

    /// Combines two members with the same meaning: the later one wins unless it is zero or invalid.
    fn or_later(self, later: Self) -> Self {
        match (self, later) {
            (_, Self::Absent) | (Self::Known(1..), Self::Known(0) | Self::Invalid) => self,
            _ => later,
        }
    }

    fn known(self) -> Option<i64> {
        match self {
            Self::Known(count) => Some(count),
            Self::Absent | Self::Invalid => None,
        }
    }
}

fn keep(detail: &mut i64, count: i64) {
    if count != 0 {
        *detail = count;
    }
}

/// Passes each count of a details object to `take`. Returns false if a value was not a count.
fn read_details(object: &str, mut take: impl FnMut(&str, i64)) -> bool {
    let Some(object) = as_present(object) else { return true };
    let Ok(details) = members(object) else { return false };
    let mut is_valid = true;
    for member in details {
        match Count::read(member.value) {
            Count::Known(count) => take(&member.key, count),
            Count::Absent => {}
            // An unknown detail may have any type; token counts must be numbers.
            Count::Invalid => is_valid &= !member.key.ends_with("_tokens"),
        }
    }
    is_valid
}
