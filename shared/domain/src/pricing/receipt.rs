//! How the cost of one call adds up.

use strum::{IntoStaticStr, VariantArray};

use super::{Fees, Price};
use crate::calls::BilledPart;
use crate::money::{PicoUsd, Rate};
use crate::usage::Usage;

/// Tokens that have a rate of their own. Together they are all tokens of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Bucket {
    Input,
    CachedInput,
    CacheWrite,
    CacheWriteLong,
    AudioInput,
    CachedAudioInput,
    Output,
    AudioOutput,
    ImageOutput,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptLine {
    pub bucket: Bucket,
    pub tokens: i64,
    pub rate: Rate,
    pub amount: PicoUsd,
}

/// The cost of a call as a sum: of its tokens, of its parts, of its fees, and of what none of them explains.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Without the tokens of parts. Empty without a price, and for counts that cannot be priced.
    pub lines: Vec<ReceiptLine>,
    pub fees: Fees,
    /// What was not billed by the rates of this price: retries that another row priced, and estimates. Negative if the
    /// rates give more than was billed; `None` if the total is unknown.
    pub other: Option<PicoUsd>,
    pub total: Option<PicoUsd>,
}

impl Receipt {
    pub fn new(
        price: Option<&Price>,
        usage: &Usage,
        parts: &[BilledPart],
        fees: Fees,
        total: Option<PicoUsd>,
    ) -> Self {
        let own = usage.minus(&BilledPart::usage_of(parts));
        let lines = price.and_then(|price| lines(price, &own)).unwrap_or_default();
        let explained = lines.iter().map(|line| line.amount).chain(BilledPart::cost_of(parts));
        let mut amounts = explained.chain(fees.total());
        let explained = amounts.try_fold(PicoUsd::ZERO, PicoUsd::checked_add);
        let other = total.zip(explained).and_then(|(total, explained)| total.checked_sub(explained));
        Self { lines, fees, other, total }
    }
}

/// One line for each bucket; `None` if an amount overflows or the usage is inconsistent.
fn lines(price: &Price, usage: &Usage) -> Option<Vec<ReceiptLine>> {
    let line = |(bucket, tokens, rate): (Bucket, i64, Rate)| {
        let amount = PicoUsd::from_pico(rate.as_pico_per_token().checked_mul(tokens)?);
        Some(ReceiptLine { bucket, tokens, rate, amount })
    };
    let buckets = Some(buckets(price, usage)).filter(|_| usage.is_consistent())?;
    buckets.into_iter().map(line).collect()
}

/// The tokens of each bucket, with their rate.
pub(super) fn buckets(price: &Price, usage: &Usage) -> [(Bucket, i64, Rate); 9] {
    let cache_write = price.cache_write.unwrap_or(price.input);
    let audio_input = price.audio_input.unwrap_or(price.input);
    let cached_audio = price.cached_audio_input.unwrap_or(audio_input);
    [
        (Bucket::Input, usage.uncached_tokens(), price.input),
        (Bucket::CachedInput, usage.cached_tokens, price.cached_input.unwrap_or(price.input)),
        (Bucket::CacheWrite, usage.cache_write_tokens, cache_write),
        (
            Bucket::CacheWriteLong,
            usage.cache_write_long_tokens,
            price.cache_write_long.unwrap_or(cache_write),
        ),
        (Bucket::AudioInput, usage.audio_input_tokens, audio_input),
        (Bucket::CachedAudioInput, usage.cached_audio_tokens, cached_audio),
        (Bucket::Output, usage.text_output_tokens(), price.output),
        (Bucket::AudioOutput, usage.audio_output_tokens, price.audio_output.unwrap_or(price.output)),
        (Bucket::ImageOutput, usage.image_output_tokens, price.image_output.unwrap_or(price.output)),
    ]
}
