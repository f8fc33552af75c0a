//! What estimated counts may stand for. An estimate is a number of tokens whose kind is not known.

use super::Usage;

/// The kinds of tokens that an estimate may hold beside those that were counted.
#[expect(clippy::struct_excessive_bools, reason = "found independently of each other")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AllowedReadings {
    /// Whether some input was not counted, so that it may have been written to the cache.
    pub any_input: bool,
    /// Whether that may have been for a longer time.
    pub long_writes: bool,
    pub audio_input: bool,
    pub audio_output: bool,
    pub image_output: bool,
}

impl AllowedReadings {
    pub const ALL: Self = Self {
        any_input: true,
        long_writes: true,
        audio_input: true,
        audio_output: true,
        image_output: true,
    };
}

impl Usage {
    /// Each way to read the input, with each way to read the output; the counts as they are first.
    pub fn readings(self, allowed: AllowedReadings) -> impl Iterator<Item = Self> {
        let inputs = self.input_readings(allowed).into_iter().flatten();
        inputs.flat_map(move |usage| usage.output_readings(allowed).into_iter().flatten())
    }

    fn input_readings(self, allowed: AllowedReadings) -> [Option<Self>; 4] {
        let cache_write_tokens = self.input_tokens - self.cached_tokens - self.audio_input_tokens;
        let written = Self { cache_write_tokens, cache_write_long_tokens: 0, cached_audio_tokens: 0, ..self };
        let written_long =
            Self { cache_write_tokens: 0, cache_write_long_tokens: cache_write_tokens, ..written };
        let spoken = Self {
            cache_write_tokens: 0,
            audio_input_tokens: self.input_tokens - self.cached_tokens,
            ..written
        };
        let if_allowed = |usage, is_allowed| Some(usage).filter(|_| allowed.any_input && is_allowed);
        [
            Some(self),
            if_allowed(written, true),
            if_allowed(written_long, allowed.long_writes),
            if_allowed(spoken, allowed.audio_input),
        ]
    }

    fn output_readings(self, allowed: AllowedReadings) -> [Option<Self>; 3] {
        let spoken = Self { audio_output_tokens: self.output_tokens - self.image_output_tokens, ..self };
        let drawn = Self { image_output_tokens: self.output_tokens - self.audio_output_tokens, ..self };
        [
            Some(self),
            Some(spoken).filter(|_| allowed.audio_output),
            Some(drawn).filter(|_| allowed.image_output),
        ]
    }
}
