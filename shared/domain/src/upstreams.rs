//! Upstreams: servers that calls can be sent to, each under a path prefix of its name.

mod base_url;
mod conflict;
mod name;
mod region;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantArray};
use uuid::Uuid;

pub use base_url::BaseUrl;
pub use conflict::UpstreamConflict;
pub use name::UpstreamName;
pub use region::AwsRegion;

use crate::calls::Wire;
use crate::change::Edit;
use crate::provider::Provider;
use crate::words::Word;

crate::word_schemas!(OutputBoundMember, PriceSource, UpstreamAuth);

/// The most deployments that one upstream can name.
pub const MAX_MODELS: usize = 500;

/// How an upstream expects its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum UpstreamAuth {
    /// `Authorization: Bearer …`
    Bearer,
    XApiKey,
    /// Azure's header.
    ApiKey,
    XGoogApiKey,
    /// Each request is signed for AWS, with an access key or with the credentials of the platform.
    #[strum(serialize = "sigv4")]
    SigV4,
    /// A server of one's own that takes no key.
    None,
}

/// Where the cost of a call comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, IntoStaticStr, VariantArray, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum PriceSource {
    /// The price rows.
    #[default]
    Table,
    /// What the upstream states, and the price rows where it states nothing.
    Upstream,
}

/// The member of a chat completion that a missing output bound is filled in as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum OutputBoundMember {
    MaxCompletionTokens,
    /// Understood by all servers but OpenAI's newer models.
    #[default]
    MaxTokens,
}

/// How calls are sent to an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamFacts {
    pub name: UpstreamName,
    /// The format that it speaks.
    pub wire: Wire,
    pub base_url: BaseUrl,
    pub auth: UpstreamAuth,
    /// Of AWS, which requests are signed for.
    pub region: Option<AwsRegion>,
    /// The secret with its key; otherwise the key is in the environment ([`UpstreamName::key_variable`]).
    pub secret_arn: Option<String>,
    /// Whose prices its calls have.
    pub price_provider: Provider,
    pub price_source: PriceSource,
    /// Whether streams are asked for their usage with `stream_options.include_usage`.
    pub adds_stream_options: bool,
    pub output_bound_member: OutputBoundMember,
    /// The model behind each name of a deployment.
    pub models: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamRow {
    pub id: Uuid,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    pub facts: UpstreamFacts,
}

impl UpstreamRow {
    pub fn audited(&self) -> Value {
        let facts = &self.facts;
        json!({
            "name": facts.name.as_str(),
            "wire": facts.wire.as_str(),
            "base_url": facts.base_url.as_str(),
            "auth": facts.auth.as_str(),
            "region": facts.region.as_ref().map(AwsRegion::as_str),
            "secret_arn": facts.secret_arn,
            "price_provider": facts.price_provider,
            "price_source": facts.price_source,
            "adds_stream_options": facts.adds_stream_options,
            "output_bound_member": facts.output_bound_member.as_str(),
            "models": facts.models,
        })
    }
}

/// A change of an upstream, whose name and format stay.
#[derive(Debug, Clone, Default)]
pub struct UpstreamChange {
    pub base_url: Edit<BaseUrl>,
    pub auth: Edit<UpstreamAuth>,
    pub region: Edit<Option<AwsRegion>>,
    pub secret_arn: Edit<Option<String>>,
    pub price_provider: Edit<Provider>,
    pub price_source: Edit<PriceSource>,
    pub adds_stream_options: Edit<bool>,
    pub output_bound_member: Edit<OutputBoundMember>,
    pub models: Edit<BTreeMap<String, String>>,
}

impl UpstreamChange {
    pub fn applied_to(&self, facts: &UpstreamFacts) -> UpstreamFacts {
        UpstreamFacts {
            name: facts.name.clone(),
            wire: facts.wire,
            base_url: self.base_url.applied_to(&facts.base_url),
            auth: self.auth.applied_to(&facts.auth),
            region: self.region.applied_to(&facts.region),
            secret_arn: self.secret_arn.applied_to(&facts.secret_arn),
            price_provider: self.price_provider.applied_to(&facts.price_provider),
            price_source: self.price_source.applied_to(&facts.price_source),
            adds_stream_options: self.adds_stream_options.applied_to(&facts.adds_stream_options),
            output_bound_member: self.output_bound_member.applied_to(&facts.output_bound_member),
            models: self.models.applied_to(&facts.models),
        }
    }
}

/// Why a change of upstreams was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamRefusal {
    #[error("an upstream of this name exists")]
    Exists,
    #[error("there are as many upstreams as there can be")]
    TooMany,
    #[error(transparent)]
    Conflict(#[from] UpstreamConflict),
}

/// What the name of a secret begins with that an upstream may use. Administrators choose the server that the key is
/// sent to, and must not be able to send it the other secrets of the deployment.
pub const SECRET_PREFIX: &str = "tokenmeter/upstreams/";

/// Whether this is the ARN of a secret below [`SECRET_PREFIX`].
pub fn is_upstream_secret(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let ["arn", partition, "secretsmanager", region, account, "secret", name] = parts.as_slice() else {
        return false;
    };
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"/_+=.@-".contains(&c);
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
    };
    arn.len() <= 512
        && partition.starts_with("aws")
        && partition.bytes().all(|c| c.is_ascii_lowercase() || c == b'-')
        && word(region)
        && account.len() == 12
        && account.bytes().all(|c| c.is_ascii_digit())
        && name.strip_prefix(SECRET_PREFIX).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_of_an_upstream_lies_below_its_prefix() {
        let of = |name: &str| format!("arn:aws:secretsmanager:eu-central-1:123456789012:secret:{name}");
        for name in ["tokenmeter/upstreams/groq-AbCdEf", "tokenmeter/upstreams/eu/azure-AbCdEf"] {
            assert!(is_upstream_secret(&of(name)), "{name}");
        }
        assert!(is_upstream_secret(
            "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:tokenmeter/upstreams/a"
        ));
        for name in [
            "",
            "groq",
            "tokenmeter/upstreams/",
            "tokenmeter/upstreams",
            "tokenmeter/provider-key-AbCdEf",
            "x/tokenmeter/upstreams/groq",
            "tokenmeter/upstreams/a:b",
            "tokenmeter/upstreams/a b",
            "tokenmeter/upstreams/*",
        ] {
            assert!(!is_upstream_secret(&of(name)), "{name}");
        }
        for arn in [
            "tokenmeter/upstreams/groq",
            "arn:aws:ssm:eu-central-1:123456789012:secret:tokenmeter/upstreams/groq",
            "arn:aws:secretsmanager:eu-central-1:1234:secret:tokenmeter/upstreams/groq",
            "arn:aws:secretsmanager::123456789012:secret:tokenmeter/upstreams/groq",
            "arn:aws2:secretsmanager:eu-central-1:123456789012:secret:tokenmeter/upstreams/groq",
            "arn:gcp:secretsmanager:eu-central-1:123456789012:secret:tokenmeter/upstreams/groq",
        ] {
            assert!(!is_upstream_secret(arn), "{arn}");
        }
    }
}
