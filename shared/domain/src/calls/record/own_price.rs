//! The price of the attempt that counts. What is estimated is priced as dearly as it may have been.

use chrono::{DateTime, Utc};

use crate::calls::{CallOutcome, CallRequest};
use crate::pricing::{PriceBook, Quote};
use crate::usage::{Usage, UsageQuality};

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
    let readings = readings(request, outcome, usage);
    readings.iter().flat_map(|usage| [quote(usage), dearest(usage)]).flatten().max_by_key(|quote| quote.cost)
}

/// What an estimate may stand for. Input beyond what the provider reported may have been written to its cache, or be
/// audio, and can cost more.
fn readings(request: &CallRequest, outcome: &CallOutcome, usage: Usage) -> [Usage; 4] {
    let reported = outcome.usage.as_ref().map_or(0, |usage| usage.report.reading().0.input_tokens);
    if reported >= usage.input_tokens {
        return [usage; 4];
    }
    let cache_write_tokens = usage.input_tokens - usage.cached_tokens - usage.audio_input_tokens;
    let written = Usage { cache_write_tokens, cache_write_long_tokens: 0, cached_audio_tokens: 0, ..usage };
    let is_long = request.content.cache_writes_long;
    let written_long =
        Usage { cache_write_tokens: 0, cache_write_long_tokens: cache_write_tokens, ..written };
    let spoken = Usage {
        cache_write_tokens: 0,
        audio_input_tokens: usage.input_tokens - usage.cached_tokens,
        ..written
    };
    let may_speak = request.content.may_hold_audio();
    [usage, written, if is_long { written_long } else { written }, if may_speak { spoken } else { usage }]
}
