//! Upstreams as the API shows them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::calls::Wire;
use domain::provider::Provider;
use domain::upstreams::{OutputBoundMember, PriceSource, UpstreamAuth, UpstreamRow};
use domain::words::Word;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Upstream {
    /// The first segment of its paths.
    #[schema(example = "groq")]
    pub name: String,
    /// The format that it speaks.
    #[schema(value_type = Wire)]
    pub wire: &'static str,
    #[schema(example = "https://api.groq.com/openai/v1")]
    pub base_url: String,
    #[schema(value_type = UpstreamAuth)]
    pub auth: &'static str,
    /// The region of AWS that requests are signed for.
    #[schema(required = true)]
    pub region: Option<String>,
    /// The variable that holds its key, unless it has a secret.
    #[schema(example = "UPSTREAM_GROQ_KEY")]
    pub key_variable: String,
    #[schema(required = true)]
    pub secret_arn: Option<String>,
    /// Whose prices its calls have.
    #[schema(value_type = String, example = "groq")]
    pub price_provider: Provider,
    /// Whose figure is the cost of a call: that of the price rows (`table`), or what the upstream states (`upstream`).
    #[schema(value_type = PriceSource)]
    pub price_source: &'static str,
    pub adds_stream_options: bool,
    #[schema(value_type = OutputBoundMember)]
    pub output_bound_member: &'static str,
    /// The model behind each name of a deployment.
    pub models: BTreeMap<String, String>,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UpstreamList {
    /// By name.
    pub data: Vec<Upstream>,
}

impl From<UpstreamRow> for Upstream {
    fn from(row: UpstreamRow) -> Self {
        let facts = row.facts;
        Self {
            wire: facts.wire.as_str(),
            base_url: facts.base_url.as_str().to_owned(),
            auth: facts.auth.as_str(),
            region: facts.region.map(|region| region.as_str().to_owned()),
            key_variable: facts.name.key_variable(),
            name: facts.name.to_string(),
            secret_arn: facts.secret_arn,
            price_provider: facts.price_provider,
            price_source: facts.price_source.as_str(),
            adds_stream_options: facts.adds_stream_options,
            output_bound_member: facts.output_bound_member.as_str(),
            models: facts.models,
            created_at: row.created_at,
            changed_at: row.changed_at,
        }
    }
}
