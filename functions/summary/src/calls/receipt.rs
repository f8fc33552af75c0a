//! One call with its receipt.

use domain::calls::{CostSource, StatedCost};
use domain::money::{PicoUsd, Rate};
use domain::prices::PriceRow;
use domain::pricing::{Price, Receipt, ReceiptLine};
use domain::provider::Provider;
use domain::words::Word;
use ledger::usage;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Call, CallFee, CallPart};
use crate::bounds;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallWithReceipt {
    #[serde(flatten)]
    pub call: Call,
    pub receipt: CallReceipt,
}

/// How `cost_usd` adds up: `tokens`, `parts`, `fees` and `other_usd` are together `total_usd`, to the last digit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallReceipt {
    /// The price of the call; null where it has none: free and unpriced calls, and abandoned ones, counted at their
    /// bound.
    #[schema(required = true)]
    pub price: Option<ReceiptPrice>,
    /// One line for each kind of token; empty without a price.
    pub tokens: Vec<TokenLine>,
    /// What is billed beside these tokens, by prices of its own.
    pub parts: Vec<CallPart>,
    pub fees: Vec<CallFee>,
    /// What the rates above do not explain: retries that another row priced, estimates, and what an upstream states beyond
    /// them. Negative if the rates give more than was billed; null where the total is.
    #[schema(value_type = Option<String>, required = true, example = "0")]
    pub other_usd: Option<PicoUsd>,
    /// What the upstream says that the answer costs, beside the price rows; null where it says nothing.
    #[schema(required = true)]
    pub upstream: Option<UpstreamCost>,
    /// `cost_usd` of the call.
    #[schema(value_type = Option<String>, required = true, example = "0.00015")]
    pub total_usd: Option<PicoUsd>,
}

/// The figure of an upstream for one answer, without failed attempts before it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UpstreamCost {
    #[schema(value_type = String, example = "0.00016")]
    pub stated_usd: PicoUsd,
    /// By the price rows; null without a price.
    #[schema(value_type = Option<String>, required = true, example = "0.00015")]
    pub table_usd: Option<PicoUsd>,
    /// The stated figure minus that of the price rows.
    #[schema(value_type = Option<String>, required = true, example = "0.00001")]
    pub difference_usd: Option<PicoUsd>,
    /// Whether the stated figure is part of `total_usd`. Then `other_usd` has what the rates above do not explain of it,
    /// and corrections of prices do not change the call.
    pub is_billed: bool,
}

impl UpstreamCost {
    fn new(cost: StatedCost) -> Option<Self> {
        Some(Self {
            stated_usd: cost.stated?,
            table_usd: cost.table,
            difference_usd: cost.difference(),
            is_billed: cost.source == CostSource::Upstream,
        })
    }
}

/// A row of `/api/prices`, which may have been taken back since.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptPrice {
    pub id: i64,
    #[schema(value_type = String, example = "openai")]
    pub provider: Provider,
    pub model: String,
    pub service_tier: String,
    /// The row is for calls with more input tokens than this.
    pub above_input_tokens: i64,
    #[schema(format = DateTime)]
    pub effective_from: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenLine {
    /// `input`, `cached_input`, `cache_write`, `cache_write_long`, `audio_input`, `cached_audio_input`, `output` (with
    /// reasoning), `audio_output` or `image_output`.
    pub bucket: &'static str,
    pub tokens: i64,
    /// USD per 1 million tokens.
    #[schema(value_type = String, example = "1.25")]
    pub rate: Rate,
    #[schema(value_type = String, example = "0.00435625")]
    pub amount_usd: PicoUsd,
}

impl From<ReceiptLine> for TokenLine {
    fn from(line: ReceiptLine) -> Self {
        Self { bucket: line.bucket.as_str(), tokens: line.tokens, rate: line.rate, amount_usd: line.amount }
    }
}

impl CallWithReceipt {
    pub(crate) fn new(call: usage::Call, only_label: Option<&str>, price: Option<PriceRow>) -> Self {
        let price = price.map(Price::from);
        let receipt = Receipt::new(price.as_ref(), &call.usage(), &call.parts, call.fees.clone(), call.cost);
        let price = price.map(|price| ReceiptPrice {
            id: price.id,
            provider: price.provider,
            model: price.model,
            service_tier: price.service_tier,
            above_input_tokens: price.above_input_tokens,
            effective_from: bounds::text(price.effective_from),
        });
        let upstream = UpstreamCost::new(call.stated_cost);
        let parts = call.parts.iter().cloned().map(CallPart::from).collect();
        Self {
            call: Call::new(call, only_label),
            receipt: CallReceipt {
                price,
                tokens: receipt.lines.into_iter().map(TokenLine::from).collect(),
                parts,
                fees: receipt.fees.0.into_iter().map(CallFee::from).collect(),
                other_usd: receipt.other,
                upstream,
                total_usd: receipt.total,
            },
        }
    }
}
