//! Requests about upstreams.

use std::collections::BTreeMap;

use domain::calls::Wire;
use domain::names;
use domain::provider::Provider;
use domain::upstreams::{
    AwsRegion, BaseUrl, MAX_MODELS, OutputBoundMember, PriceSource, SECRET_PREFIX, UpstreamAuth,
    UpstreamChange, UpstreamFacts, UpstreamName, is_upstream_secret,
};
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::ToSchema;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use web::values::{OneOf, Patch, Presence, ProviderName, RawJson, schemas};
use web::{FieldError, Request};

#[derive(Debug, serde::Deserialize, ToSchema)]
pub(crate) struct NewUpstream {
    /// The first segment of its paths, such as `groq`. It cannot be changed.
    #[schema(value_type = Slug)]
    name: Slug,
    /// The format that it speaks. It cannot be changed.
    #[schema(value_type = Wire)]
    wire: OneOf<Wire>,
    #[schema(value_type = UpstreamUrl)]
    base_url: UpstreamUrl,
    /// How it expects its key; with `sigv4`, requests are signed for Amazon Bedrock. Default `bearer`, of Anthropic's format
    /// `x-api-key`.
    #[schema(value_type = UpstreamAuth, required = false)]
    auth: Patch<OneOf<UpstreamAuth>>,
    /// The region of AWS that requests are signed for; required where `auth` is `sigv4`, and refused elsewhere.
    #[schema(value_type = Option<RegionName>, required = false)]
    region: Option<RegionName>,
    /// The secret with its key. Its name must begin with `tokenmeter/upstreams/`. Default null: the key is in the
    /// variable `UPSTREAM_<NAME>_KEY`. With `sigv4` it holds an access key, `ID:SECRET` or `ID:SECRET:SESSION_TOKEN`;
    /// where neither is set, requests are signed with the credentials of the platform, in a deployment the function's role.
    #[schema(value_type = Option<SecretArn>, required = false)]
    secret_arn: Option<SecretArn>,
    /// Whose prices its calls have; default its name.
    #[schema(value_type = ProviderName, required = false)]
    price_provider: Patch<ProviderName>,
    /// Whose figure is the cost of a call: `table` is the price rows, `upstream` what the upstream states with its answer,
    /// and the price rows where it states nothing. Either way, hard limits on money reserve by the price rows.
    #[schema(value_type = PriceSource, required = false, default = "table")]
    price_source: Patch<OneOf<PriceSource>>,
    /// Whether streams are asked for their usage with `stream_options.include_usage`. Without it most servers send none;
    /// some refuse it.
    #[schema(value_type = bool, required = false, default = true)]
    adds_stream_options: Patch<bool>,
    /// The member of a chat completion that hard limits fill in.
    #[schema(value_type = OutputBoundMember, required = false, default = "max_tokens")]
    output_bound_member: Patch<OneOf<OutputBoundMember>>,
    /// The model behind each name of a deployment, for the bound and the price; default none.
    #[schema(value_type = Deployments, required = false)]
    models: Patch<Deployments>,
}

impl Request for NewUpstream {}

impl NewUpstream {
    pub(super) fn into_facts(self) -> UpstreamFacts {
        let is_anthropic = self.wire.0 == Wire::Anthropic;
        let auth = if is_anthropic { UpstreamAuth::XApiKey } else { UpstreamAuth::Bearer };
        let own = Provider::parse(self.name.0.as_str()).unwrap_or_default();
        UpstreamFacts {
            name: self.name.0,
            wire: self.wire.0,
            base_url: self.base_url.0,
            auth: self.auth.unwrap_or(OneOf(auth)).0,
            region: self.region.map(|region| region.0),
            secret_arn: self.secret_arn.map(|arn| arn.0),
            price_provider: self.price_provider.unwrap_or(ProviderName(own)).0,
            price_source: self.price_source.unwrap_or(OneOf(PriceSource::Table)).0,
            adds_stream_options: self.adds_stream_options.unwrap_or(true),
            output_bound_member: self.output_bound_member.unwrap_or(OneOf(OutputBoundMember::default())).0,
            models: self.models.unwrap_or(Deployments(BTreeMap::new())).0,
        }
    }
}

#[derive(Debug, serde::Deserialize, ToSchema)]
pub(crate) struct UpstreamChanges {
    #[schema(ignore)]
    name: Presence,
    #[schema(ignore)]
    wire: Presence,
    #[schema(value_type = UpstreamUrl, required = false)]
    base_url: Patch<UpstreamUrl>,
    #[schema(value_type = UpstreamAuth, required = false)]
    auth: Patch<OneOf<UpstreamAuth>>,
    #[schema(value_type = Option<RegionName>, required = false)]
    region: Patch<Option<RegionName>>,
    /// Null: the key is in the environment.
    #[schema(value_type = Option<SecretArn>, required = false)]
    secret_arn: Patch<Option<SecretArn>>,
    #[schema(value_type = ProviderName, required = false)]
    price_provider: Patch<ProviderName>,
    #[schema(value_type = PriceSource, required = false)]
    price_source: Patch<OneOf<PriceSource>>,
    #[schema(value_type = bool, required = false)]
    adds_stream_options: Patch<bool>,
    #[schema(value_type = OutputBoundMember, required = false)]
    output_bound_member: Patch<OneOf<OutputBoundMember>>,
    /// Replaces all of them.
    #[schema(value_type = Deployments, required = false)]
    models: Patch<Deployments>,
}

impl Request for UpstreamChanges {}

impl UpstreamChanges {
    pub(super) fn into_change(self) -> Result<UpstreamChange, Vec<FieldError>> {
        let fixed =
            [("name", self.name), ("wire", self.wire)].into_iter().filter(|(_, is_present)| is_present.0);
        let errors: Vec<FieldError> = fixed
            .map(|(name, _)| FieldError::new(name, "cannot be changed: create a new upstream"))
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(UpstreamChange {
            base_url: self.base_url.into_edit(|url| url.0),
            auth: self.auth.into_edit(|auth| auth.0),
            region: self.region.into_edit(|region| region.map(|region| region.0)),
            secret_arn: self.secret_arn.into_edit(|arn| arn.map(|arn| arn.0)),
            price_provider: self.price_provider.into_edit(|provider| provider.0),
            price_source: self.price_source.into_edit(|source| source.0),
            adds_stream_options: self.adds_stream_options.into_edit(|adds| adds),
            output_bound_member: self.output_bound_member.into_edit(|member| member.0),
            models: self.models.into_edit(|models| models.0),
        })
    }
}

/// The name of a new upstream.
#[derive(Debug)]
pub(crate) struct Slug(UpstreamName);

web::schema!(Slug, schemas::pattern(r"^[a-z][a-z0-9-]{0,31}$").examples(["groq"]));

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = UpstreamName::parse(&String::deserialize(deserializer)?);
        let name = name.ok_or_else(|| D::Error::custom(UpstreamName::RULE))?;
        if name.is_reserved() {
            return Err(D::Error::custom(UpstreamName::RESERVED_RULE));
        }
        Ok(Self(name))
    }
}

#[derive(Debug)]
pub(crate) struct UpstreamUrl(BaseUrl);

web::schema!(
    UpstreamUrl,
    schemas::pattern(r"^https?://[^/?#@\s]+(/[^?#\s]*)?$")
        .max_length(Some(512))
        .examples(["https://api.groq.com/openai/v1"])
);

impl<'de> Deserialize<'de> for UpstreamUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let url = BaseUrl::parse(&String::deserialize(deserializer)?);
        url.map(Self).ok_or_else(|| D::Error::custom(BaseUrl::RULE))
    }
}

/// A region of AWS.
#[derive(Debug)]
pub(crate) struct RegionName(AwsRegion);

web::schema!(
    RegionName,
    schemas::pattern(r"^[a-z]+(-[a-z]+)+-[0-9]{1,2}$").max_length(Some(32)).examples(["eu-central-1"])
);

impl<'de> Deserialize<'de> for RegionName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let region = AwsRegion::parse(&String::deserialize(deserializer)?);
        region.map(Self).ok_or_else(|| D::Error::custom(AwsRegion::RULE))
    }
}

/// The ARN of a secret that upstreams may use.
#[derive(Debug)]
pub(crate) struct SecretArn(String);

web::schema!(
    SecretArn,
    schemas::pattern(r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:tokenmeter/upstreams/[A-Za-z0-9/_+=.@-]+$")
        .max_length(Some(512))
);

impl<'de> Deserialize<'de> for SecretArn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let arn = String::deserialize(deserializer)?;
        if is_upstream_secret(&arn) {
            return Ok(Self(arn));
        }
        Err(D::Error::custom(format!(
            "must be the ARN of a Secrets Manager secret whose name begins with {SECRET_PREFIX}"
        )))
    }
}

/// The model behind each name of a deployment.
#[derive(Debug)]
pub(crate) struct Deployments(BTreeMap<String, String>);

web::schema!(
    Deployments,
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::RefOr(
            schemas::line(names::MAX_MODEL_CHARS).into()
        )))
        .examples([serde_json::json!({"chat-prod": "gpt-4o"})])
);

impl<'de> Deserialize<'de> for Deployments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = RawJson::deserialize(deserializer)?;
        let models: BTreeMap<String, String> = serde_json::from_str(json.as_json())
            .map_err(|_| D::Error::custom("must be an object that names the model of each deployment"))?;
        if models.len() > MAX_MODELS {
            return Err(D::Error::custom(format!("must have at most {MAX_MODELS} names")));
        }
        if !models.iter().all(|(deployment, model)| names::is_model(deployment) && names::is_model(model)) {
            return Err(D::Error::custom(names::MODEL_RULE));
        }
        Ok(Self(models))
    }
}
