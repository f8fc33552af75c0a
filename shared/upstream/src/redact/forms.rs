//! The forms in which a provider may quote a key: as it is, or escaped for JSON or a URL.

/// Text within JSON within JSON doubles the backslashes; this many are followed.
const MAX_BACKSLASHES: usize = 8;

/// Whether the key begins at some place of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    No,
    /// The key may go on behind the end of the text.
    Begins,
    /// The key, written in this many bytes.
    Whole(usize),
}

/// Whether a text begins with the key.
pub(super) fn key_at(key: &[u8], text: &[u8]) -> Found {
    let mut at = 0;
    for expected in key {
        match character_at(*expected, text.get(at..).unwrap_or_default()) {
            Found::Whole(length) => at += length,
            other => return other,
        }
    }
    Found::Whole(at)
}

/// One character, as it is or escaped: `k`, `\u006b`, `\/`, `%6B`.
fn character_at(expected: u8, text: &[u8]) -> Found {
    match text.first() {
        None => Found::Begins,
        Some(byte) if *byte == expected => Found::Whole(1),
        Some(b'%') => hexadecimal(expected, text, 1, 2),
        Some(b'\\') => {
            let slashes = text.iter().take(MAX_BACKSLASHES).take_while(|byte| **byte == b'\\').count();
            match text.get(slashes) {
                None => Found::Begins,
                Some(b'u') => hexadecimal(expected, text, slashes + 1, 4),
                Some(byte) if *byte == expected && !byte.is_ascii_alphanumeric() => Found::Whole(slashes + 1),
                Some(_) => Found::No,
            }
        }
        Some(_) => Found::No,
    }
}

/// A character's number in `digits` hexadecimal digits from `start` on.
fn hexadecimal(expected: u8, text: &[u8], start: usize, digits: usize) -> Found {
    let number = text.get(start..).unwrap_or_default();
    let number = number.get(..digits).unwrap_or(number);
    let written = format!("{expected:0digits$x}");
    let is_same = number.iter().zip(written.bytes()).all(|(a, b)| a.to_ascii_lowercase() == b);
    match is_same {
        false => Found::No,
        true if number.len() < digits => Found::Begins,
        true => Found::Whole(start + digits),
    }
}
