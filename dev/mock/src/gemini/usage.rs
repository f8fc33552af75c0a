//! `usageMetadata`: running totals of a response, with thoughts and tool results beside prompt and candidates.

use serde_json::{Value, json};

use super::prompt::Counted;
use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::usage::Usage;

/// How much larger a total is than its parts, if that is the fault.
const SURPLUS: u64 = 572;

#[derive(Clone, Copy, Debug)]
pub(super) struct ContentUsage {
    prompt: u64,
    /// All audio of the prompt, cached or not.
    audio: u64,
    cached: u64,
    /// Part of `cached`.
    cached_audio: u64,
    tool_prompt: u64,
    thoughts: u64,
    candidates: u64,
    /// Part of `candidates`.
    images: u64,
    /// Part of `candidates`.
    spoken: u64,
    searches: u64,
    surplus: u64,
}

impl ContentUsage {
    /// `found` are the tokens of what server tools found.
    pub(super) fn new(counted: Counted, found: u64, searches: u64, behaviour: &Behaviour) -> Self {
        let cached_audio = behaviour.cached_audio_tokens.unwrap_or(0);
        let cached = behaviour.cached_tokens.unwrap_or(0) + cached_audio;
        let audio = behaviour
            .input_audio_tokens
            .map_or(counted.audio.max(cached_audio), |audio| audio + cached_audio);
        let prompt = behaviour.prompt_tokens.unwrap_or(counted.total);
        Self {
            prompt: prompt.max(cached + audio - cached_audio),
            audio,
            cached,
            cached_audio,
            tool_prompt: behaviour.tool_prompt_tokens.unwrap_or(found),
            thoughts: 0,
            candidates: 0,
            images: 0,
            spoken: 0,
            searches,
            surplus: if behaviour.fault == Some(Fault::HiddenTotal) { SURPLUS } else { 0 },
        }
    }

    pub(super) fn input(&self) -> u64 {
        self.prompt + self.tool_prompt
    }

    /// With all of the output.
    pub(super) fn with_output(mut self, thoughts: u64, candidates: u64, behaviour: &Behaviour) -> Self {
        self.images = behaviour.image_output_tokens.unwrap_or(0);
        self.spoken = behaviour.output_audio_tokens.unwrap_or(0).min(candidates);
        self.thoughts = thoughts;
        self.candidates = candidates + self.images;
        self
    }

    /// After the first tokens of the output, before any picture.
    pub(super) fn so_far(mut self, thoughts: u64, candidates: u64) -> Self {
        self.thoughts = self.thoughts.min(thoughts);
        self.candidates = self.candidates.min(candidates);
        self.images = 0;
        self.spoken = self.spoken.min(candidates);
        self
    }

    pub(super) fn metadata(&self) -> Value {
        let mut usage = json!({ "promptTokenCount": self.prompt });
        let total = self.input() + self.thoughts + self.candidates + self.surplus;
        let counts = [
            ("cachedContentTokenCount", self.cached),
            ("toolUsePromptTokenCount", self.tool_prompt),
            ("thoughtsTokenCount", self.thoughts),
            ("candidatesTokenCount", self.candidates),
            ("totalTokenCount", total),
        ];
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            usage[name] = json!(count);
        }
        let text = self.candidates - self.images - self.spoken;
        let splits = [
            ("promptTokensDetails", details(&[("TEXT", self.prompt - self.audio), ("AUDIO", self.audio)])),
            (
                "cacheTokensDetails",
                details(&[("TEXT", self.cached - self.cached_audio), ("AUDIO", self.cached_audio)]),
            ),
            (
                "candidatesTokensDetails",
                details(&[("TEXT", text), ("IMAGE", self.images), ("AUDIO", self.spoken)]),
            ),
            ("toolUsePromptTokensDetails", details(&[("TEXT", self.tool_prompt)])),
        ];
        for (name, split) in splits.into_iter().filter(|(_, split)| split != &json!([])) {
            usage[name] = split;
        }
        usage
    }

    /// A total that is larger than its parts hides output.
    pub(super) fn counted(&self) -> Usage {
        Usage {
            input_tokens: self.input(),
            cached_tokens: self.cached - self.cached_audio,
            cached_audio_tokens: self.cached_audio,
            input_audio_tokens: self.audio - self.cached_audio,
            output_tokens: self.thoughts + self.candidates + self.surplus,
            reasoning_tokens: self.thoughts,
            output_audio_tokens: self.spoken,
            image_output_tokens: self.images,
            web_search_requests: self.searches,
            ..Usage::default()
        }
    }
}

/// The modalities that occur.
pub(super) fn details(modalities: &[(&str, u64)]) -> Value {
    let occurring = modalities.iter().filter(|(_, count)| *count > 0);
    occurring.map(|(modality, count)| json!({ "modality": modality, "tokenCount": count })).collect()
}
