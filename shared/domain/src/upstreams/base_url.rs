//! The address of an upstream.

use std::net::IpAddr;

const MAX_CHARS: usize = 512;

/// An `http` or `https` URL that paths can be appended to: no credentials, query or fragment, and no slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// What the text must be, as error messages say it.
    pub const RULE: &'static str = "must be an http or https URL without credentials, query or fragment, such as \
        https://api.groq.com/openai/v1";

    /// `None` if the text breaks [`Self::RULE`].
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('/');
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let is_valid = text.len() <= MAX_CHARS && is_authority(authority) && path.split('/').all(is_segment);
        is_valid.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the host can be reached in a private network alone: by its address, or by a name that no public server of
    /// names knows.
    pub fn is_private(&self) -> bool {
        const SUFFIXES: [&str; 6] = [".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc"];
        let host = self.host().trim_matches(['[', ']']);
        match host.parse() {
            Ok(IpAddr::V4(address)) => {
                let [first, second, ..] = address.octets();
                // The last are shared addresses (RFC 6598), which overlay networks use.
                address.is_private()
                    || address.is_loopback()
                    || address.is_link_local()
                    || first == 100 && (64..128).contains(&second)
            }
            Ok(IpAddr::V6(address)) => {
                address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
            }
            Err(_) => !host.contains('.') || SUFFIXES.iter().any(|suffix| host.ends_with(suffix)),
        }
    }

    /// The host alone; of an IPv6 address, its brackets too.
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or(self.0.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or(rest);
        let after_brackets = authority.rfind(']').map_or(0, |at| at + 1);
        let port = authority.get(after_brackets..).and_then(|rest| rest.find(':'));
        port.and_then(|at| authority.get(..after_brackets + at)).unwrap_or(authority)
    }
}

/// A host or an address, with a port or without.
fn is_authority(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) if address.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", port),
        Some(_) => return false,
        None => match authority.split_once(':') {
            Some((host, _)) => (host, authority.get(host.len()..).unwrap_or_default()),
            None => (authority, ""),
        },
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let is_host = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'.' || c == b'_';
    is_port && !host.is_empty() && !host.starts_with(['.', '-']) && host.bytes().all(is_host)
}

fn is_segment(segment: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"-._~@+:".contains(&c);
    !matches!(segment, "." | "..") && segment.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_url_is_one_that_paths_can_be_appended_to() {
        for (text, parsed) in [
            ("https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1"),
            ("https://api.groq.com/openai/v1/", "https://api.groq.com/openai/v1"),
            ("http://localhost:11434/v1", "http://localhost:11434/v1"),
            ("http://ollama_1:11434", "http://ollama_1:11434"),
            ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
            ("https://10.0.0.7", "https://10.0.0.7"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().as_str(), parsed);
        }
        for (text, host) in [
            ("https://api.groq.com/openai/v1", "api.groq.com"),
            ("http://localhost:11434", "localhost"),
            ("http://[::1]:8000/v1", "[::1]"),
            ("http://[::1]", "[::1]"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().host(), host);
        }
        for text in [
            "",
            "api.groq.com",
            "ftp://x",
            "https://",
            "https:///v1",
            "https://user:pass@host/v1",
            "https://user@host",
            "https://host/v1?x=y",
            "https://host/v1#x",
            "https://host/a b",
            "https://host/../x",
            "https://host:0/v1",
            "https://host:99999/v1",
            "https://host:/v1x:y",
            "https://[::1/v1",
            "https://[x]/v1",
            "https://ho st",
            "https://h\u{e9}/",
            "https://host/%2e%2e",
            "https://host\n/v1",
            &format!("https://host/{}", "a".repeat(512)),
        ] {
            assert_eq!(BaseUrl::parse(text), None, "{text:?}");
        }
    }
}
