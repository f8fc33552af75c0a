//! What is asked about prices, parsed once.

use axum::body::Body;
use chrono::{DateTime, Utc};
use domain::change::Edit;
use domain::money::Rate;
use domain::names::{MAX_MODEL_CHARS, is_model};
use domain::prices::{PriceFacts, SERVICE_TIERS};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use web::ApiError;

use crate::body::{Fields, decimal, json, text};
use crate::read::{self, Read};

/// USD per 1M tokens: a dollar a token. No model costs a thousandth of it.
const MAX_RATE: i64 = 1_000_000_000_000;
const MAX_THRESHOLD: i64 = 1_000_000_000;

/// Rates are USD per 1M tokens, as decimal strings or numbers of up to six places.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewPrice {
    #[schema(min_length = 1, max_length = 256, example = "gpt-4.1")]
    pub model: String,
    /// `default`, `flex`, `priority`, `scale` or `ultrafast`; `default` where not given.
    #[schema(required = false, default = "default")]
    pub service_tier: String,
    /// The row is for calls with more input tokens than this; 0 where not given.
    #[schema(required = false, minimum = 0, maximum = 1_000_000_000, default = 0)]
    pub above_input_tokens: i64,
    pub effective_from: DateTime<Utc>,
    #[schema(value_type = String, example = "2.5")]
    pub input: Rate,
    /// The rate of `input` where not given, as with the other input rates.
    #[schema(value_type = Option<String>)]
    pub cached_input: Option<Rate>,
    #[schema(value_type = Option<String>)]
    pub cache_write: Option<Rate>,
    #[schema(value_type = String, example = "10")]
    pub output: Rate,
    #[schema(value_type = Option<String>)]
    pub audio_input: Option<Rate>,
    /// The rate of `output` where not given.
    #[schema(value_type = Option<String>)]
    pub audio_output: Option<Rate>,
}

/// A price and the preview that showed what it changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Correction {
    #[serde(flatten)]
    pub price: NewPrice,
    /// The `preview` of `POST /api/prices/preview` for the same price.
    #[schema(min_length = 1, max_length = 256)]
    pub preview: String,
}

pub(super) async fn new_price(body: Body) -> Result<PriceFacts, ApiError> {
    let mut fields = Fields::of(body).await?;
    let facts = price(&mut fields);
    fields.finish(facts)
}

pub(super) async fn correction(body: Body) -> Result<(PriceFacts, String), ApiError> {
    let mut fields = Fields::of(body).await?;
    let facts = price(&mut fields);
    let preview = fields.required("preview", |value| read::needle(&text(value)?));
    fields.finish(facts.zip(preview))
}

fn price(fields: &mut Fields) -> Option<PriceFacts> {
    let model = fields.required("model", |value| {
        let model = text(value)?;
        if is_model(&model) {
            Ok(model)
        } else {
            Err(format!("must be 1 to {MAX_MODEL_CHARS} characters without control characters"))
        }
    });
    let tier = fields.optional("service_tier", |value| {
        read::word(&text(value)?, SERVICE_TIERS, |tier| tier).map(str::to_owned)
    });
    let threshold = fields.optional("above_input_tokens", |value| {
        let meaning = format!("a whole number from 0 to {MAX_THRESHOLD}");
        let tokens: i64 = json(value, &meaning)?;
        if (0..=MAX_THRESHOLD).contains(&tokens) { Ok(tokens) } else { Err(format!("must be {meaning}")) }
    });
    let effective_from = fields.required("effective_from", |value| web::parse_instant(&text(value)?));
    let input = fields.required("input", rate);
    let cached_input = fields.nullable("cached_input", rate);
    let cache_write = fields.nullable("cache_write", rate);
    let output = fields.required("output", rate);
    let audio_input = fields.nullable("audio_input", rate);
    let audio_output = fields.nullable("audio_output", rate);
    let facts = || {
        Some(PriceFacts {
            model: model?,
            service_tier: match tier {
                Edit::Set(tier) => tier,
                Edit::Keep => "default".to_owned(),
            },
            above_input_tokens: match threshold {
                Edit::Set(tokens) => tokens,
                Edit::Keep => 0,
            },
            effective_from: effective_from?,
            input: input?,
            cached_input,
            cache_write,
            output: output?,
            audio_input,
            audio_output,
        })
    };
    facts()
}

fn rate(value: &RawValue) -> Read<Rate> {
    let rate: Rate = decimal(value, "USD per 1M tokens, such as \"2.5\"")?;
    if rate.as_pico_per_token() > MAX_RATE {
        return Err("must be at most 1000000 USD per 1M tokens".to_owned());
    }
    Ok(rate)
}
