//! The price of the attempt that counts. What is estimated is priced as dearly as it may have been.

use chrono::{DateTime, Utc};

use crate::calls::{CallOutcome, CallRequest};
use crate::pricing::{PriceBook, Quote};
use crate::usage::{AllowedReadings, Usage, UsageQuality};

/// Whether the whole answer was seen.
pub(super) fn is_whole(outcome: &CallOutcome) -> bool {
    outcome.answer.as_ref().is_some_and(|answer| answer.is_final && !answer.has_unseen)
}

/// The price of the attempt that counts. An estimate is priced as dearly as the call may have been.
pub(super) fn quote_own(
    request: &CallRequest,
    prices: &PriceBook,
    outcome: &CallOutcome,
    (usage, quality): (Usage, UsageQuality),
    at: DateTime<Utc>,
) -> Option<Quote> {
    let (served_model, tier) = (outcome.served_model.as_deref(), outcome.service_tier.as_deref());
    let model = request.priced_model();
    let quote = |usage: &Usage| prices.quote(served_model, model, tier, usage, at);
    if quality != UsageQuality::Estimated {
        return quote(&usage);
    }
    // Of an answer that was not seen in full, the tier may be in the rest.
    let is_tier_unseen = tier.is_none() && !is_whole(outcome);
    let dearest = |usage: &Usage| {
        let dearest = prices.dearest_quote(model, request.service_tier.as_deref(), usage, at);
        dearest.filter(|_| is_tier_unseen)
    };
    readings(request, outcome, usage)
        .flat_map(|usage| [quote(&usage), dearest(&usage)])
        .flatten()
        .max_by_key(|quote| quote.cost)
}

/// What an estimate may stand for: each way to read its input, with each way to read its output. Tokens beyond what the
/// provider reported may be of any kind that the request allows, and cost as much as the dearest.
fn readings(request: &CallRequest, outcome: &CallOutcome, usage: Usage) -> impl Iterator<Item = Usage> {
    let reported = outcome.usage.as_ref().map(|usage| usage.report.reading().0).unwrap_or_default();
    let content = &request.content;
    let allowed = AllowedReadings {
        any_input: reported.input_tokens < usage.input_tokens,
        long_writes: content.cache_writes_long,
        audio_input: content.may_hold_audio(),
        audio_output: reported.output_tokens < usage.output_tokens && content.may_speak,
        image_output: reported.output_tokens < usage.output_tokens && content.may_draw,
    };
    usage.readings(allowed)
}
