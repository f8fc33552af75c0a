//! Most requests to a server have the same URL, and parsing one costs more than copying it.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;

/// The URL of the last request, as text and parsed.
#[derive(Clone, Default)]
pub(super) struct LastUrl(Arc<Mutex<Option<(String, Url)>>>);

impl LastUrl {
    /// `None` if the text is no URL.
    pub(super) fn parse(&self, text: &str) -> Option<Url> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, url)) = &*last
            && known == text
        {
            return Some(url.clone());
        }
        let url = Url::parse(text).ok()?;
        *last = Some((text.to_owned(), url.clone()));
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_parsed_as_itself_whatever_came_before() {
        let last = LastUrl::default();
        let other = last.clone();
        for text in ["http://a/v1", "http://a/v1", "http://a/v1?x=1", "http://b/v1", "http://a/v1"] {
            assert_eq!(other.parse(text), Some(Url::parse(text).unwrap()));
            assert_eq!(last.parse("no url"), None);
        }
    }
}
