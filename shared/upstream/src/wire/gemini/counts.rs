//! Gemini's usage object. Thoughts are counted beside the candidates, and what tools of the provider return beside the
//! prompt.

use domain::usage::UsageReport;

use crate::json::{as_present, as_str, read_array, read_object};
use crate::wire::count::Count;

/// Counts as they are reported. `None` is unknown, which is never 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// All of the prompt, cached content included.
    prompt: Option<i64>,
    cached: Option<i64>,
    tool_prompt: Option<i64>,
    candidates: Option<i64>,
    thoughts: Option<i64>,
    total: Option<i64>,
    /// Parts of the counts above.
    prompt_audio: Option<i64>,
    cached_audio: Option<i64>,
    tool_audio: Option<i64>,
    audio_output: Option<i64>,
    image_output: Option<i64>,
    tier: Option<String>,
    has_unreadable: bool,
}

impl Counts {
    /// `None` if the text is not an object.
    pub(super) fn read(object: &str) -> Option<Self> {
        let mut counts = Self::default();
        for member in read_object(object)?.members {
            let Some(value) = as_present(member.value) else { continue };
            match member.key.as_ref() {
                "promptTokenCount" => counts.prompt = counts.count(value),
                "cachedContentTokenCount" => counts.cached = counts.count(value),
                "toolUsePromptTokenCount" => counts.tool_prompt = counts.count(value),
                "candidatesTokenCount" => counts.candidates = counts.count(value),
                "thoughtsTokenCount" => counts.thoughts = counts.count(value),
                "totalTokenCount" => counts.total = counts.count(value),
                "promptTokensDetails" => counts.prompt_audio = counts.of(value, Modality::Audio),
                "cacheTokensDetails" => counts.cached_audio = counts.of(value, Modality::Audio),
                "toolUsePromptTokensDetails" => counts.tool_audio = counts.of(value, Modality::Audio),
                "candidatesTokensDetails" => {
                    counts.audio_output = counts.of(value, Modality::Audio);
                    counts.image_output = counts.of(value, Modality::Image);
                }
                // What Vertex AI calls it, and the Gemini API.
                "trafficType" | "serviceTier" => counts.tier = as_str(value).map(Into::into),
                _ => {}
            }
        }
        Some(counts)
    }

    fn count(&mut self, value: &str) -> Option<i64> {
        match Count::read(value) {
            Count::Absent => None,
            Count::Zero => Some(0),
            Count::Known(count) => Some(count),
            Count::Unreadable => {
                self.has_unreadable = true;
                None
            }
        }
    }

    /// The tokens of one modality in a list of them, which may name it more than once.
    fn of(&mut self, details: &str, wanted: Modality) -> Option<i64> {
        let mut sum = None;
        for entry in read_array(details) {
            let members = read_object(entry).map(|entry| entry.members).unwrap_or_default();
            let value =
                |name: &str| members.iter().find(|member| member.key == name).map(|member| member.value);
            if value("modality").is_some_and(|modality| wanted.is_named_by(modality))
                && let Some(count) = value("tokenCount").and_then(|count| self.count(count))
            {
                sum = Some(sum.unwrap_or(0_i64).saturating_add(count));
            }
        }
        sum
    }

    /// Takes the counts of a later object of the same stream, which are running totals: each replaces the earlier one,
    /// and none is added.
    pub(super) fn merge(&mut self, later: Self) {
        // A sum says nothing about counts that have been replaced.
        if later.says_something() {
            self.total = later.total;
        }
        let counts = [
            (&mut self.prompt, later.prompt),
            (&mut self.cached, later.cached),
            (&mut self.tool_prompt, later.tool_prompt),
            (&mut self.candidates, later.candidates),
            (&mut self.thoughts, later.thoughts),
            (&mut self.prompt_audio, later.prompt_audio),
            (&mut self.cached_audio, later.cached_audio),
            (&mut self.tool_audio, later.tool_audio),
            (&mut self.audio_output, later.audio_output),
            (&mut self.image_output, later.image_output),
        ];
        for (count, later) in counts {
            if later.is_some_and(|later| later > 0) || count.is_none() {
                *count = later.or(*count);
            }
        }
        self.tier = later.tier.or(self.tier.take());
        self.has_unreadable |= later.has_unreadable;
    }

    fn says_something(&self) -> bool {
        [self.prompt, self.tool_prompt, self.candidates, self.thoughts, self.total]
            .into_iter()
            .flatten()
            .any(|count| count > 0)
    }

    /// Of a prompt that was blocked.
    pub(super) fn set_without_output(&mut self) {
        self.candidates.get_or_insert(0);
    }

    pub(super) fn tier(&self) -> Option<&str> {
        self.tier.as_deref()
    }

    /// Whether anything says how much was generated.
    pub(super) fn has_output(&self) -> bool {
        self.output().is_some()
    }

    fn input(&self) -> Option<i64> {
        let prompt = self.prompt.filter(|count| *count > 0)?;
        Some(prompt.saturating_add(self.tool_prompt.unwrap_or_default()))
    }

    /// Thoughts alone may have used up the bound. Without either count, the sum shows that there was none.
    fn output(&self) -> Option<i64> {
        let counted = [self.candidates, self.thoughts].into_iter().flatten().reduce(i64::saturating_add);
        counted.or_else(|| Some(self.total?.saturating_sub(self.input()?).max(0)))
    }

    pub(super) fn report(&self) -> UsageReport {
        let positive = |count: Option<i64>| count.filter(|count| *count > 0);
        let cached_audio = self.cached_audio.unwrap_or_default();
        let audio = [self.prompt_audio, self.tool_audio].into_iter().flatten().reduce(i64::saturating_add);
        UsageReport {
            input_tokens: self.input(),
            output_tokens: self.output(),
            total_tokens: positive(self.total),
            cached_tokens: positive(self.cached.map(|cached| cached - cached_audio)),
            cached_audio_tokens: positive(self.cached_audio),
            audio_input_tokens: positive(audio.map(|audio| audio - cached_audio)),
            reasoning_tokens: positive(self.thoughts),
            audio_output_tokens: positive(self.audio_output),
            image_output_tokens: positive(self.image_output),
            has_unreadable_counts: self.has_unreadable,
            ..UsageReport::default()
        }
    }
}

/// The kinds of tokens that have rates of their own.
#[derive(Clone, Copy)]
enum Modality {
    Image,
    Audio,
}

impl Modality {
    /// By its name, or by its number for clients that ask for numbers.
    fn is_named_by(self, value: &str) -> bool {
        let (name, number) = match self {
            Self::Image => ("IMAGE", "2"),
            Self::Audio => ("AUDIO", "4"),
        };
        value == number || as_str(value).is_some_and(|text| text == name)
    }
}
