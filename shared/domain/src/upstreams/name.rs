//! The name of an upstream, which is the first segment of its paths.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calls::Wire;
use crate::provider::Provider;

/// What stands first in paths of this service, of its clients with a wrong base URL, and of the dashboard, or belongs to
/// the providers that are served without being registered.
const RESERVED: [&str; 48] = [
    "anthropic",
    "api",
    "assets",
    "assistants",
    "audio",
    "audit",
    "batches",
    "bedrock",
    "calls",
    "chat",
    "completions",
    "containers",
    "conversations",
    "docs",
    "embeddings",
    "explore",
    "failed",
    "files",
    "gemini",
    "google",
    "healthz",
    "images",
    "keys",
    "limits",
    "me",
    "messages",
    "metrics",
    "models",
    "moderations",
    "openai",
    "openapi",
    "playground",
    "price",
    "prices",
    "readyz",
    "reconcile",
    "responses",
    "settings",
    "sign-in",
    "static",
    "tunedmodels",
    "upload",
    "uploads",
    "upstreams",
    "usage",
    "v1",
    "v1alpha",
    "v1beta",
];

/// A name by [`Self::RULE`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct UpstreamName(String);

impl UpstreamName {
    /// What a name must be, as error messages say it.
    pub const RULE: &'static str = Provider::RULE;
    pub const RESERVED_RULE: &'static str =
        "is reserved, because paths that begin with it have another meaning";

    /// `None` if the text breaks [`Self::RULE`]; reserved names pass, see [`Self::is_reserved`].
    pub fn parse(text: &str) -> Option<Self> {
        Provider::parse(text).map(|_| Self(text.to_owned()))
    }

    /// Whether an upstream may not have the name.
    pub fn is_reserved(&self) -> bool {
        RESERVED.contains(&self.as_str())
    }

    /// The format of the provider of the environment that has this name.
    pub fn own_wire(&self) -> Option<Wire> {
        match self.as_str() {
            "openai" => Some(Wire::OpenAi),
            "anthropic" => Some(Wire::Anthropic),
            "gemini" => Some(Wire::Gemini),
            "bedrock" => Some(Wire::Bedrock),
            _ => None,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The variable of the environment with the key. It follows from the name, so that no upstream is sent another
    /// secret of the deployment. Names have no underscore, so that no two have the same variable.
    pub fn key_variable(&self) -> String {
        format!("UPSTREAM_{}_KEY", self.0.to_ascii_uppercase().replace('-', "_"))
    }
}

impl TryFrom<String> for UpstreamName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(Self::RULE)
    }
}

impl fmt::Display for UpstreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_of_the_key_follows_from_the_name() {
        for (name, variable) in [("groq", "UPSTREAM_GROQ_KEY"), ("azure-eu-2", "UPSTREAM_AZURE_EU_2_KEY")] {
            assert_eq!(UpstreamName::parse(name).unwrap().key_variable(), variable);
        }
        for text in ["", "Groq", "azure_eu", "a/b", "-a", "2a", &"a".repeat(33)] {
            assert!(UpstreamName::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn names_with_another_meaning_are_reserved() {
        for name in ["v1", "v1beta", "api", "healthz", "openai", "chat", "keys"] {
            assert!(UpstreamName::parse(name).unwrap().is_reserved(), "{name}");
        }
        assert!(!UpstreamName::parse("groq").unwrap().is_reserved());
    }
}
