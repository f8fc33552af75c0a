//! The API's environment variables, and the file with the local keys.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::Context;

/// Names and values of variables.
pub(crate) type Variables = Vec<(&'static str, String)>;

const MOCK_KEY: &str = "sk-mock-local";

/// The provider that the API calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Provider {
    Mock,
    Real { base: String, key: String },
}

impl Provider {
    /// The real provider if `OPENAI_API_KEY` or `OPENAI_API_BASE` is set.
    pub(crate) fn from_environment() -> Self {
        Self::chosen(text("OPENAI_API_BASE"), text("OPENAI_API_KEY"))
    }

    fn chosen(base: Option<String>, key: Option<String>) -> Self {
        if base.is_none() && key.is_none() {
            return Self::Mock;
        }
        let base = base.unwrap_or_else(|| "https://api.openai.com/v1".to_owned());
        Self::Real { base, key: key.unwrap_or_else(|| MOCK_KEY.to_owned()) }
    }

    /// Empty for the real provider: usage reports are fetched only if the user sets a key.
    const fn admin_key(&self) -> &'static str {
        match self {
            Self::Mock => "sk-admin-mock-local",
            Self::Real { .. } => "",
        }
    }

    fn anthropic_base(&self, mock_port: u16) -> String {
        match self {
            Self::Mock => format!("http://127.0.0.1:{mock_port}"),
            Self::Real { .. } => "https://api.anthropic.com".to_owned(),
        }
    }

    /// Empty for the real provider: Anthropic is served only if the user sets a key.
    const fn anthropic_key(&self) -> &'static str {
        match self {
            Self::Mock => "sk-ant-mock-local",
            Self::Real { .. } => "",
        }
    }

    fn gemini_base(&self, mock_port: u16) -> String {
        match self {
            Self::Mock => format!("http://127.0.0.1:{mock_port}"),
            Self::Real { .. } => "https://generativelanguage.googleapis.com".to_owned(),
        }
    }

    /// Empty for the real provider: Gemini is served only if the user sets a key.
    const fn gemini_key(&self) -> &'static str {
        match self {
            Self::Mock => "gemini-mock-local",
            Self::Real { .. } => "",
        }
    }

    /// Empty for the real provider: Bedrock is served only if the user sets a region or a key.
    fn bedrock_base(&self, mock_port: u16) -> String {
        match self {
            Self::Mock => format!("http://127.0.0.1:{mock_port}"),
            Self::Real { .. } => String::new(),
        }
    }

    const fn bedrock_key(&self) -> &'static str {
        match self {
            Self::Mock => "bedrock-mock-local",
            Self::Real { .. } => "",
        }
    }

    const fn anthropic_admin_key(&self) -> &'static str {
        match self {
            Self::Mock => "sk-ant-admin-mock-local",
            Self::Real { .. } => "",
        }
    }

    fn address(&self, mock_port: u16) -> (String, String) {
        match self {
            Self::Mock => (format!("http://127.0.0.1:{mock_port}/v1"), MOCK_KEY.to_owned()),
            Self::Real { base, key } => (base.clone(), key.clone()),
        }
    }
}

/// The API's variables. Those that are set already keep their values.
pub(crate) fn of_api(database_url: &str, provider: &Provider, mock_port: u16) -> Variables {
    let (base, key) = provider.address(mock_port);
    let or = |name: &str, default: &str| text(name).unwrap_or_else(|| default.to_owned());
    vec![
        ("DATABASE_URL", database_url.to_owned()),
        ("DATABASE_POOL_SIZE", or("DATABASE_POOL_SIZE", "8")),
        ("OPENAI_API_BASE", base),
        ("OPENAI_API_KEY", key),
        ("OPENAI_ADMIN_KEY", or("OPENAI_ADMIN_KEY", provider.admin_key())),
        ("ANTHROPIC_API_BASE", or("ANTHROPIC_API_BASE", &provider.anthropic_base(mock_port))),
        ("ANTHROPIC_API_KEY", or("ANTHROPIC_API_KEY", provider.anthropic_key())),
        ("GEMINI_API_BASE", or("GEMINI_API_BASE", &provider.gemini_base(mock_port))),
        ("GEMINI_API_KEY", or("GEMINI_API_KEY", provider.gemini_key())),
        ("BEDROCK_API_BASE", or("BEDROCK_API_BASE", &provider.bedrock_base(mock_port))),
        ("BEDROCK_API_KEY", or("BEDROCK_API_KEY", provider.bedrock_key())),
        ("ANTHROPIC_ADMIN_KEY", or("ANTHROPIC_ADMIN_KEY", provider.anthropic_admin_key())),
        ("ACCEPT_PROVIDER_KEYS", or("ACCEPT_PROVIDER_KEYS", "true")),
        ("KEY_PEPPER", or("KEY_PEPPER", "local-pepper-not-for-production")),
        ("RUST_LOG", or("RUST_LOG", "info")),
    ]
}

/// The value of a variable that is set and not empty.
pub(crate) fn text(name: &str) -> Option<String> {
    env::var_os(name)?.into_string().ok().filter(|value| !value.is_empty())
}

pub(crate) struct Keys {
    pub(crate) admin: String,
    pub(crate) chat: String,
}

impl Keys {
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let content = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let find = |name: &str| {
            let values = content.lines().filter_map(|line| line.split_once('='));
            let mut found =
                values.filter(|(known, _)| known.trim() == name).map(|(_, value)| value.trim().to_owned());
            found.next().with_context(|| format!("{} has no {name}", file.display()))
        };
        Ok(Self { admin: find("TOKENMETER_ADMIN_KEY")?, chat: find("TOKENMETER_CHAT_KEY")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mock_is_used_unless_a_key_or_an_address_is_set() {
        let some = |value: &str| Some(value.to_owned());
        assert_eq!(Provider::chosen(None, None), Provider::Mock);
        assert_eq!(
            Provider::chosen(None, some("sk-own")),
            Provider::Real { base: "https://api.openai.com/v1".into(), key: "sk-own".into() }
        );
        assert_eq!(
            Provider::chosen(some("http://localhost:11434/v1"), None),
            Provider::Real { base: "http://localhost:11434/v1".into(), key: MOCK_KEY.into() }
        );
    }

    #[test]
    fn missing_key_is_reported_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("env");
        fs::write(&file, "TOKENMETER_ADMIN_KEY=tm_a\n").unwrap();
        let message = Keys::read(&file).map(drop).unwrap_err().to_string();
        assert!(message.contains("TOKENMETER_CHAT_KEY"), "{message}");
    }
}
