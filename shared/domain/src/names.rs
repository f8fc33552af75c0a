//! The rules for labels, models and other names, the same wherever one is sent.

use std::fmt::Write as _;

use ring::digest;
use unicode_normalization::UnicodeNormalization;

pub const MAX_LABEL_CHARS: usize = 128;
pub const MAX_MODEL_CHARS: usize = 256;
pub const MAX_TIER_CHARS: usize = 64;
pub const MAX_TAG_CHARS: usize = 64;

/// What a label must be, as error messages say it.
pub const LABEL_RULE: &str = "must be 1 to 128 characters without control or invisible characters";
/// What the name of a model must be, as error messages say it.
pub const MODEL_RULE: &str = "must be 1 to 256 characters without control characters";

/// What the name of a tag must be, as error messages say it.
pub const TAG_NAME_RULE: &str = "must be 1 to 64 printable ASCII characters without commas or equals signs";
/// What the value of a tag must be, as error messages say it.
pub const TAG_VALUE_RULE: &str = "must be at most 64 printable ASCII characters without commas";

/// Of a label that is derived from a longer or unprintable name: characters kept, and hexadecimal digits of its hash.
const KEPT_CHARS: usize = 100;
const HASH_DIGITS: usize = 16;

/// The label that a text means: without surrounding white space and in Unicode normal form C, so that texts that look
/// the same are one label. `None` if the text breaks [`LABEL_RULE`].
pub fn parse_label(text: &str) -> Option<String> {
    let label = normalized(text);
    let is_valid = is_text(&label, MAX_LABEL_CHARS) && !label.chars().any(is_hidden);
    is_valid.then_some(label)
}

/// A label for a user name that was chosen for another system. One that is no label as it stands is shortened to its
/// printable beginning and gets a hash, so that different names stay different labels. `None` if nothing is printable.
pub fn derive_label(name: &str) -> Option<String> {
    if let Some(label) = parse_label(name) {
        return Some(label);
    }
    let printable: String = name.nfc().filter(|c| !c.is_control() && !is_hidden(*c)).collect();
    let kept: String = printable.trim().chars().take(KEPT_CHARS).collect();
    let kept = kept.trim_end();
    if kept.is_empty() {
        return None;
    }
    let hash = digest::digest(&digest::SHA256, name.as_bytes());
    let mut label = format!("{kept}~");
    for byte in hash.as_ref().iter().take(HASH_DIGITS / 2) {
        let _ = write!(label, "{byte:02x}");
    }
    Some(label)
}

/// ASCII without white space at its ends is by far the most common and needs no table of Unicode.
fn normalized(text: &str) -> String {
    let is_edge = |c: char| c.is_whitespace() || is_joiner(c);
    if text.is_ascii() {
        return text.trim().to_owned();
    }
    // Composition can neither add nor remove white space at the ends, but trimming first composes less.
    text.trim_matches(is_edge).nfc().collect()
}

/// Joiners shape the letters around them in Hindi, Persian and emoji. At the ends they join nothing.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Characters that have no width or reorder what is shown: zero-width spaces, joiners, marks of direction, byte order
/// marks, fillers, variation selectors, tags, separators.
pub const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether it shapes the characters around it, as in Hindi, Mongolian and emoji, and so belongs to a name.
const fn is_shaping(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{200c}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Invisible, and not a part of how a name is written.
const fn is_hidden(c: char) -> bool {
    is_invisible(c) && !is_shaping(c)
}

/// A model name that can be stored and displayed.
pub fn is_model(text: &str) -> bool {
    is_text(text, MAX_MODEL_CHARS)
}

/// A service tier that can be stored and displayed.
pub fn is_tier(text: &str) -> bool {
    is_text(text, MAX_TIER_CHARS)
}

/// A name in `X-Usage-Tags: name=value`.
pub fn is_tag_name(text: &str) -> bool {
    !text.is_empty() && !text.contains('=') && is_tag_value(text)
}

/// A value in `X-Usage-Tags: name=value`.
pub fn is_tag_value(text: &str) -> bool {
    text.len() <= MAX_TAG_CHARS
        && text.trim() == text
        && text.chars().all(|c| (' '..='~').contains(&c) && c != ',')
}

/// One line of text for people, not empty.
pub fn is_text(text: &str, max_chars: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= max_chars && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label(text: &str) -> Option<String> {
        parse_label(text)
    }

    #[test]
    fn rules_name_the_bounds_that_are_checked() {
        assert!(LABEL_RULE.contains(&format!("1 to {MAX_LABEL_CHARS} ")));
        assert!(MODEL_RULE.contains(&format!("1 to {MAX_MODEL_CHARS} ")));
        let (longest, model) = ("é".repeat(MAX_LABEL_CHARS), "é".repeat(MAX_MODEL_CHARS));
        assert_eq!(label(&longest), Some(longest.clone()));
        assert_eq!(label(&format!(" {longest}\u{a0}")), Some(longest.clone()), "only what is kept counts");
        assert_eq!(label(&(longest + "e")), None);
        assert!(is_model(&model) && !is_model(&(model + "e")));
        assert!(!is_model("a\u{0}"));
    }

    #[test]
    fn label_is_any_visible_text() {
        for text in [
            "auth0|6543",
            r"DOMAIN\bob",
            "o'neil@x.com",
            "user#1",
            "a;b",
            "{\"id\":1}",
            "José",
            "हिन्दी",
            "محمد",
            "क्\u{200d}ष",
            "👩\u{200d}💻",
            "❤\u{fe0f}",
            "名 前",
            "a\u{3000}b",
            "%",
            "\u{e000}",
        ] {
            assert_eq!(label(text).as_deref(), Some(text), "{text:?}");
        }
    }

    #[test]
    fn texts_that_look_the_same_are_one_label() {
        for text in ["x ", " x", "\tx\n", "x\u{a0}", "\u{2003}x\u{3000}", "x\u{200d}"] {
            assert_eq!(label(text).as_deref(), Some("x"), "{text:?}");
        }
        assert_eq!(label("Jose\u{301}"), Some("José".to_owned()));
        assert_eq!(label("\u{212b}"), Some("Å".to_owned()));
    }

    #[test]
    fn invisible_and_control_characters_are_refused() {
        let invisible =
            ["", " ", "\u{200b}", "a\u{0}b", "a\nb", "a\u{85}b", "a\u{2028}b", "a\u{200b}b", "\u{feff}a"];
        let bidi =
            ["a\u{202e}b", "a\u{2066}b", "a\u{200f}b", "a\u{61c}", "a\u{ad}b", "a\u{e0041}", "\u{200d}"];
        for text in invisible.into_iter().chain(bidi) {
            assert_eq!(label(text), None, "{text:?}");
        }
    }

    #[test]
    fn names_of_other_systems_become_labels_that_stay_different() {
        assert_eq!(derive_label(" auth0|1 ").as_deref(), Some("auth0|1"));
        let long = "u".repeat(500);
        let (one, other) =
            (derive_label(&format!("{long}1")).unwrap(), derive_label(&format!("{long}2")).unwrap());
        assert_ne!(one, other);
        assert!(
            one.starts_with(&"u".repeat(KEPT_CHARS)) && one.chars().count() == KEPT_CHARS + 1 + HASH_DIGITS
        );
        let lines = derive_label("a\nb").unwrap();
        assert!(lines.starts_with("ab~") && lines != derive_label("a\tb").unwrap(), "{lines}");
        for nothing in ["", " \n", "\u{200b}\u{202e}"] {
            assert_eq!(derive_label(nothing), None, "{nothing:?}");
        }
    }

    proptest! {
        #[test]
        fn labels_stay_as_they_are_when_parsed_again(text in "\\PC{0,140}|[ -~]{0,140}|.{0,140}") {
            if let Some(label) = parse_label(&text) {
                prop_assert_eq!(parse_label(&label), Some(label));
            }
            if let Some(derived) = derive_label(&text) {
                prop_assert_eq!(parse_label(&derived), Some(derived));
            }
        }
    }
}
