//! The rules for labels, models and other names, the same wherever one is sent.

pub const MAX_LABEL_CHARS: usize = 128;
pub const MAX_MODEL_CHARS: usize = 256;
pub const MAX_TIER_CHARS: usize = 64;

/// What a label must be, as error messages say it.
pub const LABEL_RULE: &str = "must be 1 to 128 letters, digits, spaces or characters of ._@:/+-";
/// What the name of a model must be, as error messages say it.
pub const MODEL_RULE: &str = "must be 1 to 256 characters without control characters";

/// Letters, digits, `._@:/+-` and space, 1 to 128 characters.
pub fn is_label(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "._@:/+- ".contains(c);
    !text.trim().is_empty() && text.chars().count() <= MAX_LABEL_CHARS && text.chars().all(allowed)
}

/// A model name that can be stored and displayed.
pub fn is_model(text: &str) -> bool {
    is_text(text, MAX_MODEL_CHARS)
}

/// A service tier that can be stored and displayed.
pub fn is_tier(text: &str) -> bool {
    is_text(text, MAX_TIER_CHARS)
}

/// One line of text for people, not empty.
pub fn is_text(text: &str, max_chars: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= max_chars && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_the_bounds_that_are_checked() {
        assert!(LABEL_RULE.contains(&format!("1 to {MAX_LABEL_CHARS} ")));
        assert!(MODEL_RULE.contains(&format!("1 to {MAX_MODEL_CHARS} ")));
        let (label, model) = ("é".repeat(MAX_LABEL_CHARS), "é".repeat(MAX_MODEL_CHARS));
        assert!(is_label(&label) && !is_label(&(label + "e")));
        assert!(is_model(&model) && !is_model(&(model + "e")));
        assert!(!is_label(" ") && !is_label("a;b") && !is_model("a\u{0}"));
    }
}
