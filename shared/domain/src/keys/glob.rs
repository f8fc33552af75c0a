//! Globs of allow-lists.

/// Whether `glob`, in which `*` is any run of characters, matches all of `text`.
///
/// An earlier star need never take more once a later one is reached, so only the last one is gone back to: the time is
/// the product of the two lengths at most, whatever an administrator wrote and a caller asks for.
pub(super) fn matches(glob: &str, text: &str) -> bool {
    // Whole characters are compared by their bytes; no part of one is ever a star.
    let (glob, text) = (glob.as_bytes(), text.as_bytes());
    let (mut at, mut reached) = (0, 0);
    let mut star = None;
    while reached < text.len() {
        if glob.get(at) == Some(&b'*') {
            star = Some((at, reached));
            at += 1;
        } else if glob.get(at) == text.get(reached) {
            at += 1;
            reached += 1;
        } else if let Some((star_at, taken_to)) = star {
            star = Some((star_at, taken_to + 1));
            at = star_at + 1;
            reached = taken_to + 1;
        } else {
            return false;
        }
    }
    glob[at..].iter().all(|rest| *rest == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::matches;

    /// What a star is, without regard for time.
    fn naive(glob: &[char], text: &[char]) -> bool {
        match glob.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
            Some((one, rest)) => {
                text.split_first().is_some_and(|(first, text)| one == first && naive(rest, text))
            }
        }
    }

    proptest! {
        #[test]
        fn stars_match_as_defined(glob in "[ab*é]{0,8}", text in "[abé*]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&glob, &text), naive(&chars(&glob), &chars(&text)));
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let text = "a".repeat(10_000);
        assert!(!matches(&format!("{}b", "*a".repeat(14)), &text));
        assert!(matches(&"*a".repeat(14), &text));
    }

    #[test]
    fn only_a_star_is_wild_and_the_whole_name_counts() {
        for (glob, text, expected) in [
            ("gpt-4o", "gpt-4o", true),
            ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-4o*", "gpt-4o", true),
            ("gpt-4o*", "gpt-4o-mini", true),
            ("*-mini", "gpt-4o-mini", true),
            ("*-mini", "gpt-4o-mini-2024", false),
            ("gpt-*-mini*", "gpt-4.1-mini-2025", true),
            ("text_embedding", "text-embedding", false),
            ("gpt-4%", "gpt-4o", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(glob, text), expected, "{glob} {text}");
        }
    }
}
