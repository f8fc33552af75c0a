//! Values of requests, each read into what it means or refused with what it must be.

/// A value, or what it must be.
pub(crate) type Read<T> = Result<T, String>;

/// One of a few words.
pub(crate) fn word<T: Copy>(text: &str, all: &[T], as_str: impl Fn(T) -> &'static str) -> Read<T> {
    all.iter().copied().find(|one| as_str(*one) == text).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|one| as_str(*one)).collect();
        format!("must be one of {}", words.join(", "))
    })
}

/// Text to look for. The database's text holds no control characters, and it knows no NUL.
pub(crate) fn needle(text: &str) -> Read<String> {
    if text.is_empty() || text.chars().count() > 256 || text.chars().any(char::is_control) {
        return Err("must be 1 to 256 characters without control characters".to_owned());
    }
    Ok(text.to_owned())
}

pub(crate) fn id<T: std::str::FromStr>(text: &str, example: &str) -> Read<T> {
    text.parse().map_err(|_| format!("must be an id such as {example}"))
}
