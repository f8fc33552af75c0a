//! Who is paid for a call.

use std::borrow::{Borrow, Cow};
use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest name of a provider.
const MAX_CHARS: usize = 32;

/// The name of who is paid for a call, such as `openai` or `anthropic`. The same model has another price at another
/// provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Provider(Cow<'static, str>);

impl Provider {
    pub const OPENAI: Self = Self(Cow::Borrowed("openai"));
    pub const ANTHROPIC: Self = Self(Cow::Borrowed("anthropic"));
    pub const GOOGLE: Self = Self(Cow::Borrowed("google"));
    pub const AZURE: Self = Self(Cow::Borrowed("azure"));
    pub const BEDROCK: Self = Self(Cow::Borrowed("bedrock"));

    /// What a name must be, as error messages say it.
    pub const RULE: &'static str =
        "must be 1 to 32 lower-case letters, digits or hyphens and begin with a letter";

    /// `None` if the text breaks [`Self::RULE`].
    pub fn parse(text: &str) -> Option<Self> {
        let is_known = |provider: &Self| provider.as_str() == text;
        let all = [Self::OPENAI, Self::ANTHROPIC, Self::GOOGLE, Self::AZURE, Self::BEDROCK];
        if let Some(known) = all.into_iter().find(is_known) {
            return Some(known);
        }
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_valid = text.len() <= MAX_CHARS
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(is_allowed);
        is_valid.then(|| Self(Cow::Owned(text.to_owned())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A model of this provider.
    pub fn model<'a>(&'a self, name: &'a str) -> ProviderModel<'a> {
        ProviderModel { provider: self, name }
    }
}

impl Default for Provider {
    fn default() -> Self {
        Self::OPENAI
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Provider {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(Self::RULE)
    }
}

impl Borrow<str> for Provider {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// A model by the name that its provider has for it, or an alias of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderModel<'a> {
    pub provider: &'a Provider,
    pub name: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_short_lower_case_and_begins_with_a_letter() {
        for name in ["openai", "anthropic", "a", "x-ai", "groq2", &"a".repeat(32)] {
            assert_eq!(Provider::parse(name).unwrap().as_str(), name);
        }
        for text in ["", "-a", "2a", "OpenAI", "a_b", "a.b", "a b", "é", "a\0", &"a".repeat(33)] {
            assert_eq!(Provider::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn stored_name_is_text_and_is_checked_when_read() {
        let name = serde_json::to_string(&Provider::ANTHROPIC).unwrap();
        assert_eq!(name, "\"anthropic\"");
        assert_eq!(serde_json::from_str::<Provider>(&name).unwrap(), Provider::ANTHROPIC);
        assert!(serde_json::from_str::<Provider>("\"Open AI\"").is_err());
    }
}
