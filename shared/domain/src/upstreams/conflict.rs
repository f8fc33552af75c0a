//! Fields of an upstream that do not go together.

use super::{AwsRegion, UpstreamAuth, UpstreamFacts};
use crate::calls::Wire;

/// Where paths end, which are appended to a base URL.
const ENDPOINTS: [&str; 6] =
    ["/completions", "/responses", "/embeddings", "/messages", "/converse", "/invoke"];
/// Where paths of formats other than OpenAI's begin.
const VERSIONS: [&str; 3] = ["/v1", "/v1beta", "/v1alpha"];

/// Two fields that do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamConflict {
    #[error(
        "must begin with https://, unless 'auth' is none or the server is in a private network: its key could be read"
    )]
    PlainHttp,
    #[error("must end before the version, such as /v1 or /v1beta: the paths of this format begin with it")]
    Version,
    #[error("must end before the path of an endpoint, such as /chat/completions: that is appended")]
    Endpoint,
    #[error("must be left out, or null, where 'auth' is none")]
    UnusedSecret,
    #[error("must not be sigv4 unless 'wire' is bedrock: servers of other formats expect a key")]
    SignedWire,
    #[error(
        "is required where 'auth' is sigv4: the region of AWS that requests are signed for, such as eu-central-1"
    )]
    MissingRegion,
    #[error("must be left out, or null, unless 'auth' is sigv4")]
    UnusedRegion,
    #[error("must be the region in 'base_url': AWS refuses requests that are signed for another one")]
    OtherRegion,
}

impl UpstreamConflict {
    /// The field that has to change.
    pub fn field(self) -> &'static str {
        match self {
            Self::PlainHttp | Self::Version | Self::Endpoint => "base_url",
            Self::UnusedSecret => "secret_arn",
            Self::SignedWire => "auth",
            Self::MissingRegion | Self::UnusedRegion | Self::OtherRegion => "region",
        }
    }
}

impl UpstreamFacts {
    /// The first of its conflicts.
    pub fn check(&self) -> Result<(), UpstreamConflict> {
        self.check_base_url()?;
        if self.auth == UpstreamAuth::None && self.secret_arn.is_some() {
            return Err(UpstreamConflict::UnusedSecret);
        }
        match (self.auth, &self.region) {
            (UpstreamAuth::SigV4, _) if self.wire != Wire::Bedrock => Err(UpstreamConflict::SignedWire),
            (UpstreamAuth::SigV4, None) => Err(UpstreamConflict::MissingRegion),
            (UpstreamAuth::SigV4, Some(region)) => {
                let named = AwsRegion::of_host(self.base_url.host());
                let is_other = named.is_some_and(|named| named != *region);
                if is_other { Err(UpstreamConflict::OtherRegion) } else { Ok(()) }
            }
            (_, Some(_)) => Err(UpstreamConflict::UnusedRegion),
            (_, None) => Ok(()),
        }
    }

    fn check_base_url(&self) -> Result<(), UpstreamConflict> {
        let url = self.base_url.as_str();
        let ends_with = |ends: &[&str]| ends.iter().any(|end| url.ends_with(end));
        if self.auth != UpstreamAuth::None && url.starts_with("http://") && !self.base_url.is_private() {
            return Err(UpstreamConflict::PlainHttp);
        }
        if ends_with(&ENDPOINTS) {
            return Err(UpstreamConflict::Endpoint);
        }
        let is_versioned = matches!(self.wire, Wire::Anthropic | Wire::Gemini) && ends_with(&VERSIONS);
        if is_versioned { Err(UpstreamConflict::Version) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Provider;
    use crate::upstreams::{BaseUrl, OutputBoundMember, PriceSource, UpstreamName};

    fn facts(wire: Wire, base_url: &str, auth: UpstreamAuth) -> UpstreamFacts {
        UpstreamFacts {
            name: UpstreamName::parse("own").unwrap(),
            wire,
            base_url: BaseUrl::parse(base_url).unwrap(),
            auth,
            region: None,
            secret_arn: None,
            price_provider: Provider::OPENAI,
            price_source: PriceSource::Table,
            adds_stream_options: true,
            output_bound_member: OutputBoundMember::MaxTokens,
            models: [].into(),
        }
    }

    #[test]
    fn key_is_sent_in_the_clear_within_private_networks_alone() {
        let check = |url| facts(Wire::OpenAi, url, UpstreamAuth::Bearer).check();
        for url in [
            "https://api.groq.com/openai/v1",
            "http://localhost:11434/v1",
            "http://ollama:11434/v1",
            "http://vllm.prod.internal/v1",
            "http://nas.local/v1",
            "http://10.0.0.7/v1",
            "http://172.31.255.1",
            "http://192.168.1.2:8000",
            "http://100.100.1.1",
            "http://127.0.0.1:9",
            "http://[::1]:8000/v1",
            "http://[fd00::7]/v1",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in [
            "http://api.groq.com/openai/v1",
            "http://8.8.8.8/v1",
            "http://172.32.0.1",
            "http://[2001:db8::1]:8000/v1",
            "http://internal.example.com",
        ] {
            assert_eq!(check(url), Err(UpstreamConflict::PlainHttp), "{url}");
            assert_eq!(facts(Wire::OpenAi, url, UpstreamAuth::None).check(), Ok(()), "{url}");
        }
    }

    #[test]
    fn base_url_ends_where_the_paths_of_the_format_begin() {
        use UpstreamConflict::{Endpoint, Version};
        for (wire, url, expected) in [
            (Wire::OpenAi, "https://x/v1", Ok(())),
            (Wire::OpenAi, "https://x/v1/chat/completions", Err(Endpoint)),
            (Wire::OpenAi, "https://x/v1/responses/", Err(Endpoint)),
            (Wire::OpenAi, "https://x.services.ai.azure.com/models", Ok(())),
            (Wire::Anthropic, "https://api.anthropic.com", Ok(())),
            (Wire::Anthropic, "https://api.anthropic.com/v1", Err(Version)),
            (Wire::Anthropic, "https://api.anthropic.com/v1/messages", Err(Endpoint)),
            (Wire::Anthropic, "https://api.deepseek.com/anthropic", Ok(())),
            (Wire::Gemini, "https://generativelanguage.googleapis.com/v1beta/", Err(Version)),
            (Wire::Gemini, "https://generativelanguage.googleapis.com", Ok(())),
        ] {
            assert_eq!(facts(wire, url, UpstreamAuth::Bearer).check(), expected, "{url}");
        }
    }
}
