//! The vendors' formats of the bodies of Invoke: where the bound on output is, and how their content is read.

/// Where a body has its bound on output tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BoundPlace {
    Member(&'static str),
    /// A member of an object.
    Nested(&'static str, &'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Anthropic's Messages, without `model` and `stream`.
    Claude,
    /// Amazon's own, whose messages are those of Converse.
    Nova,
    Titan,
    Llama,
    /// Chat completions of OpenAI, Mistral, Qwen and others, or a prompt with `max_tokens`.
    MaxTokens,
    /// Embeddings, rankings, images and videos: no text is generated.
    WithoutText,
    /// A name that says nothing, such as the ARN of a profile.
    Unknown,
}

/// Parts of the names of models that generate no text.
const WITHOUT_TEXT: [&str; 9] = [
    "embed",
    "rerank",
    "stability.",
    "titan-image",
    "nova-canvas",
    "nova-reel",
    "luma.",
    "twelvelabs.marengo",
    "nova-2-multimodal",
];

/// Vendors whose bodies are bounded by `max_tokens`.
const MAX_TOKENS: [&str; 12] = [
    "openai.",
    "mistral.",
    "deepseek.",
    "qwen.",
    "cohere.",
    "ai21.",
    "writer.",
    "moonshot.",
    "moonshotai.",
    "minimax.",
    "zai.",
    "google.",
];

impl Family {
    /// The names of Claude's profiles say nothing, but its bodies name the version of their format.
    pub(super) fn of(model: &str, has_anthropic_version: bool) -> Self {
        let has = |part: &&str| model.contains(*part);
        if has_anthropic_version || model.contains("anthropic.") {
            Self::Claude
        } else if WITHOUT_TEXT.iter().any(has) {
            Self::WithoutText
        } else if model.contains("amazon.nova") {
            Self::Nova
        } else if model.contains("amazon.titan") {
            Self::Titan
        } else if model.contains("meta.llama") {
            Self::Llama
        } else if MAX_TOKENS.iter().any(has) {
            Self::MaxTokens
        } else {
            Self::Unknown
        }
    }

    /// The first is the one to fill in.
    pub(super) fn bound_places(self) -> &'static [BoundPlace] {
        use BoundPlace::{Member, Nested};
        match self {
            Self::Claude => &[Member("max_tokens")],
            Self::Nova => &[Nested("inferenceConfig", "maxTokens")],
            Self::Titan => &[Nested("textGenerationConfig", "maxTokenCount")],
            Self::Llama => &[Member("max_gen_len")],
            Self::MaxTokens => &[Member("max_tokens"), Member("max_completion_tokens"), Member("maxTokens")],
            Self::WithoutText => &[],
            Self::Unknown => &[
                Member("max_tokens"),
                Member("max_completion_tokens"),
                Member("max_gen_len"),
                Nested("inferenceConfig", "maxTokens"),
                Nested("textGenerationConfig", "maxTokenCount"),
            ],
        }
    }
}
