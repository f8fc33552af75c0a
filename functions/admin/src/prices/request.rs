//! Requests about prices.

use domain::money::Rate;
use domain::prices::{PriceFacts, PriceFilter, ServiceTier};
use domain::words::Word;
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use web::values::{
    Date, Instant, ModelName, OneOf, Patch, ProviderName, RawJson, SearchText, Whole, decimal, schemas,
};
use web::{Input, Parts, Request};

/// USD per 1M tokens: a dollar a token. No model costs a thousandth of it.
const MAX_RATE: i64 = 1_000_000_000_000;
const MAX_THRESHOLD: i64 = 1_000_000_000;

/// Which prices to list.
#[derive(Debug, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PriceParams {
    /// Only prices of this provider
    #[param(inline, value_type = Option<ProviderName>)]
    provider: Option<ProviderName>,
    /// Only prices of this model
    #[param(inline, value_type = Option<ModelName>)]
    model: Option<ModelName>,
    /// Only prices of this service tier
    #[param(inline, value_type = Option<ServiceTier>)]
    service_tier: Option<OneOf<ServiceTier>>,
    /// Only prices in effect at this instant
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    at: Option<Instant>,
}

impl Request for PriceParams {}

impl PriceParams {
    pub(super) fn into_filter(self) -> PriceFilter {
        PriceFilter {
            provider: self.provider.map(|provider| provider.0),
            model: self.model.map(|model| model.0),
            service_tier: self.service_tier.map(|tier| tier.0.as_str().to_owned()),
            at: self.at.map(|at| at.0),
        }
    }
}

/// Rates are USD per 1M tokens, as decimal strings or numbers of up to six places.
#[derive(Debug, serde::Deserialize, ToSchema)]
pub(crate) struct NewPrice {
    /// Who is paid, such as `anthropic`; default `openai`.
    #[schema(value_type = ProviderName, required = false)]
    provider: Patch<ProviderName>,
    #[schema(value_type = ModelName, required = true)]
    model: ModelName,
    /// What decides the rates beside model and length, such as `priority`, `batch` or `fast-us`; default `default`.
    #[schema(value_type = ServiceTier, required = false)]
    service_tier: Patch<OneOf<ServiceTier>>,
    /// Applies to calls with more input tokens than this; default 0.
    #[schema(value_type = i64, required = false, minimum = 0, maximum = 1_000_000_000, default = 0)]
    above_input_tokens: Patch<Whole<0, MAX_THRESHOLD>>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    effective_from: Instant,
    /// When somebody should compare the price with the provider's page, such as the end of an announced offer.
    #[schema(value_type = Option<Date>, required = false)]
    review_on: Option<Date>,
    #[schema(value_type = PriceRate, required = true)]
    input: PriceRate,
    /// Default the rate of `input`, like the other input rates.
    #[schema(value_type = Option<PriceRate>, required = false)]
    cached_input: Option<PriceRate>,
    #[schema(value_type = Option<PriceRate>, required = false)]
    cache_write: Option<PriceRate>,
    /// Default the rate of `cache_write`.
    #[schema(value_type = Option<PriceRate>, required = false)]
    cache_write_long: Option<PriceRate>,
    #[schema(value_type = PriceRate, required = true)]
    output: PriceRate,
    #[schema(value_type = Option<PriceRate>, required = false)]
    audio_input: Option<PriceRate>,
    /// Default the rate of `audio_input`.
    #[schema(value_type = Option<PriceRate>, required = false)]
    cached_audio_input: Option<PriceRate>,
    /// Default the rate of `output`.
    #[schema(value_type = Option<PriceRate>, required = false)]
    audio_output: Option<PriceRate>,
    /// Default the rate of `output`.
    #[schema(value_type = Option<PriceRate>, required = false)]
    image_output: Option<PriceRate>,
}

impl Request for NewPrice {}

impl NewPrice {
    pub(super) fn into_facts(self) -> PriceFacts {
        let tier = match self.service_tier {
            Patch::Set(OneOf(tier)) => tier,
            Patch::Missing => ServiceTier::default(),
        };
        PriceFacts {
            provider: self.provider.unwrap_or(ProviderName::default()).0,
            model: self.model.0,
            service_tier: tier.as_str().to_owned(),
            above_input_tokens: match self.above_input_tokens {
                Patch::Set(tokens) => tokens.0,
                Patch::Missing => 0,
            },
            effective_from: self.effective_from.0,
            review_on: self.review_on.map(|date| date.0),
            input: self.input.0,
            cached_input: self.cached_input.map(|rate| rate.0),
            cache_write: self.cache_write.map(|rate| rate.0),
            cache_write_long: self.cache_write_long.map(|rate| rate.0),
            output: self.output.0,
            audio_input: self.audio_input.map(|rate| rate.0),
            cached_audio_input: self.cached_audio_input.map(|rate| rate.0),
            audio_output: self.audio_output.map(|rate| rate.0),
            image_output: self.image_output.map(|rate| rate.0),
        }
    }
}

#[derive(Debug, serde::Deserialize, ToSchema)]
struct PreviewReference {
    /// The `preview` of `POST /api/prices/preview` for the same price.
    #[schema(value_type = SearchText, required = true)]
    preview: SearchText,
}

impl Request for PreviewReference {}

/// A price and the preview that showed what it changes.
#[derive(Debug)]
pub(crate) struct Correction {
    pub price: NewPrice,
    pub preview: String,
}

impl Parts for Correction {
    const REJECTS_UNKNOWN: bool = true;

    fn parse(input: &Input<'_>) -> Option<Self> {
        let (price, PreviewReference { preview }) = Parts::parse(input)?;
        Some(Self { price, preview: preview.0 })
    }
}

/// Not derived: the derive flattens only fields that serde flattens, and a flattened number has been through a float.
impl PartialSchema for Correction {
    fn schema() -> RefOr<Schema> {
        let mut schema = NewPrice::schema();
        if let (RefOr::T(Schema::Object(price)), RefOr::T(Schema::Object(preview))) =
            (&mut schema, PreviewReference::schema())
        {
            price.properties.extend(preview.properties);
            price.required.extend(preview.required);
            price.description = Some("A price and the preview that showed what it changes.".to_owned());
        }
        schema
    }
}

impl ToSchema for Correction {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        NewPrice::schemas(schemas);
        PreviewReference::schemas(schemas);
    }
}

/// USD per 1M tokens.
#[derive(Debug)]
pub(crate) struct PriceRate(Rate);

web::schema!(
    PriceRate,
    schemas::pattern(r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?$")
        .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
        .minimum(Some(0))
        .maximum(Some(MAX_RATE / 1_000_000))
        .examples(["2.5"])
);

impl<'de> Deserialize<'de> for PriceRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = RawJson::deserialize(deserializer)?;
        let rate: Rate = decimal(&json, "USD per 1M tokens, such as \"2.5\"").map_err(D::Error::custom)?;
        if rate.as_pico_per_token() > MAX_RATE {
            return Err(D::Error::custom("must be at most 1000000 USD per 1M tokens"));
        }
        Ok(Self(rate))
    }
}
