//! What a call is recorded as: the provider's counts where they are final and can be true, otherwise an upper bound.

use super::{Usage, UsageQuality, UsageReport};

/// What is known of an answer beside its reported usage.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one answer")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answer {
    /// UTF-8 bytes of generated text that were seen.
    pub text_bytes: u64,
    /// Whether the reported counts are the last word: the answer was complete when they came.
    pub is_final: bool,
    /// Whether there may be output that was not seen: hidden by the model, still to be generated, or unreadable.
    pub may_hide_output: bool,
    /// Whether the input may grow while the call runs, as tools of the provider read more.
    pub may_grow_input: bool,
    /// Embeddings have input only.
    pub has_output: bool,
}

/// The most a call may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsageBound {
    pub input_tokens: i64,
    /// The admitted bound of all choices together, if there is one.
    pub output_tokens: Option<i64>,
    /// The most that the model can produce for all choices.
    pub model_output_tokens: i64,
}

/// The usage to record, and whether it is the provider's own.
pub fn resolve(report: Option<&UsageReport>, answer: Answer, bound: UsageBound) -> (Usage, UsageQuality) {
    let report = report.copied().unwrap_or_default();
    if !answer.has_output {
        return resolve_input(report, bound.input_tokens);
    }
    let (mut usage, quality) = report.reading();
    let shown = i64::try_from(answer.text_bytes).unwrap_or(i64::MAX);
    let has_input = report.input_tokens.is_some();
    // An answer with text has output; none is believed only of an answer that shows none.
    // One that was to generate none shows only what it repeats of the request.
    let repeats_only = bound.output_tokens == Some(0);
    let has_output = report
        .output_tokens
        .map_or(repeats_only, |count| count > 0 || ((shown == 0 || repeats_only) && has_input));
    let is_known = has_input && has_output && answer.is_final;
    if is_known {
        return (usage, quality);
    }
    if !has_input || (!answer.is_final && answer.may_grow_input) {
        usage = usage.with_input_bound(bound.input_tokens);
    }
    let rest_of_total = report.total_tokens.unwrap_or_default() - usage.output_tokens;
    usage.input_tokens = usage.input_tokens.max(rest_of_total);
    // The provider keeps to the bound it was given, however many bytes surround its tokens.
    let shown = bound.output_tokens.map_or(shown, |output| output.min(shown));
    usage.output_tokens = usage.output_tokens.max(shown);
    let is_output_final = has_output && answer.is_final;
    if answer.may_hide_output && !is_output_final {
        usage.output_tokens =
            usage.output_tokens.max(bound.output_tokens.unwrap_or(bound.model_output_tokens));
    }
    (usage, UsageQuality::Estimated)
}

/// The sum of an embedding's usage is its input alone.
fn resolve_input(report: UsageReport, bound_tokens: i64) -> (Usage, UsageQuality) {
    let total = report.total_tokens;
    let is_confirmed = total.is_some() && total == report.input_tokens;
    let has_rival_counts = report.has_rival_counts && !is_confirmed;
    let (mut usage, mut quality) = UsageReport { total_tokens: None, has_rival_counts, ..report }.reading();
    if report.input_tokens.is_none() {
        let bound_tokens = bound_tokens.max(total.unwrap_or_default());
        return (usage.with_input_bound(bound_tokens), UsageQuality::Estimated);
    }
    if let Some(more) = total.map(|total| total - usage.total_tokens()).filter(|more| *more != 0) {
        quality = UsageQuality::Estimated;
        usage.input_tokens += more.max(0);
    }
    (usage, quality)
}

impl Usage {
    /// The input as its bound, without the discount for cached input.
    fn with_input_bound(self, bound_tokens: i64) -> Self {
        Self {
            input_tokens: self.input_tokens.max(bound_tokens),
            cached_tokens: 0,
            audio_input_tokens: self.audio_input_tokens + self.cached_audio_tokens,
            cached_audio_tokens: 0,
            ..self
        }
    }
}
