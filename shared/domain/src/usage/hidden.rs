//! Which models can produce output that their answers do not show.

/// Families whose output is all text in the answer. Every other name, known or not, may be a model that reasons.
const SHOWING: [&str; 4] = ["gpt-3.5", "gpt-4", "chatgpt-4o", "text-embedding"];
/// Variants of these families that produce audio or images, or search before they answer.
const HIDING: [&str; 5] = ["audio", "realtime", "image", "search", "transcribe"];

/// Whether all output of a model is visible as text, so that the bytes of an answer bound its tokens. False for models
/// that reason, speak or draw, and for unknown models.
pub fn shows_all_output(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let name = name.strip_prefix("ft:").unwrap_or(name);
    SHOWING.iter().any(|family| name.starts_with(family))
        && !HIDING.iter().any(|variant| name.contains(variant))
}
