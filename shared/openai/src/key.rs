//! A key of the provider.

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// A provider key that fits the header it travels in.
#[derive(Clone)]
pub struct ProviderKey {
    key: SecretString,
    /// Marked as sensitive, so it shows itself nowhere.
    authorization: HeaderValue,
}

impl ProviderKey {
    /// White space around a key is no part of it: secrets are written by editors and shells that end files with a
    /// newline. `None` where nothing is left, or something that no header can hold.
    pub fn parse(text: &str) -> Option<Self> {
        let key = text.trim();
        if key.is_empty() {
            return None;
        }
        let mut authorization = HeaderValue::try_from(format!("Bearer {key}")).ok()?;
        authorization.set_sensitive(true);
        Some(Self { key: key.into(), authorization })
    }

    pub fn expose_secret(&self) -> &str {
        self.key.expose_secret()
    }

    pub(super) fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.expose_secret() == other.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_taken_without_the_space_around_it_and_fits_a_header() {
        for text in ["sk-one", "sk-one\n", " \tsk-one\r\n"] {
            let key = ProviderKey::parse(text).unwrap();
            assert_eq!(
                (key.expose_secret(), key.authorization().to_str().unwrap()),
                ("sk-one", "Bearer sk-one")
            );
            assert!(!format!("{:?}", key.authorization()).contains("one"));
        }
        for text in ["", " \n", "sk-one\nsk-two", "sk-\u{7f}", "sk-\0"] {
            assert!(ProviderKey::parse(text).is_none(), "{text:?}");
        }
    }
}
