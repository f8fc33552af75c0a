//! What labels, models and other names may look like: the same wherever one is given.

pub const MAX_LABEL_CHARS: usize = 128;
pub const MAX_MODEL_CHARS: usize = 256;
pub const MAX_TIER_CHARS: usize = 64;

/// Letters, digits, `._@:/+-` and space, 1 to 128 characters.
pub fn is_label(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "._@:/+- ".contains(c);
    !text.trim().is_empty() && text.chars().count() <= MAX_LABEL_CHARS && text.chars().all(allowed)
}

/// A model name that can be stored and shown.
pub fn is_model(text: &str) -> bool {
    is_text(text, MAX_MODEL_CHARS)
}

/// A service tier that can be stored and shown.
pub fn is_tier(text: &str) -> bool {
    is_text(text, MAX_TIER_CHARS)
}

/// One line of text for people, not empty.
pub fn is_text(text: &str, max_chars: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= max_chars && !text.chars().any(char::is_control)
}
