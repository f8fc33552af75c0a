//! A call's bound as the parameters of its admission.

use domain::calls::Bound;
use domain::money::PicoUsd;
use domain::usage::MAX_CREDIBLE_TOKENS;

/// Null where the request has no such part, or its price is not known.
pub(super) struct BoundValues<'a> {
    pub input_pico_usd: Option<i64>,
    pub output_token_pico_usd: Option<i64>,
    pub tool_call_tokens: Option<i64>,
    pub tool_call_pico_usd: Option<i64>,
    pub tool_calls: Option<i64>,
    pub fill_tool_calls: Option<i64>,
    pub unbounded: Option<&'a str>,
    pub is_model_known: bool,
    pub typical_tokens: Option<i64>,
    pub typical_pico_usd: Option<i64>,
}

impl<'a> BoundValues<'a> {
    pub(super) fn of(bound: &'a Bound) -> Self {
        let price = |tokens: i64, fees: PicoUsd| {
            let tokens = bound.price?.input(tokens)?;
            tokens.checked_add(fees).map(PicoUsd::as_pico)
        };
        let tools = bound.tools.as_ref();
        let unbounded = bound.unbounded.as_ref();
        Self {
            input_pico_usd: price(bound.input_tokens, PicoUsd::ZERO),
            output_token_pico_usd: bound.price.map(|price| price.output_token.as_pico_per_token()),
            tool_call_tokens: tools.map(|tools| tools.tokens_per_call),
            tool_call_pico_usd: tools.and_then(|tools| price(tools.tokens_per_call, tools.fee_per_call)),
            tool_calls: tools.and_then(|tools| tools.max_calls),
            fill_tool_calls: tools.map(|tools| tools.fill_calls),
            unbounded: unbounded.map(|parts| parts.names.as_str()),
            is_model_known: unbounded.is_some_and(|parts| parts.is_model_known),
            typical_tokens: unbounded.map(|parts| parts.typical_input_tokens),
            typical_pico_usd: unbounded
                .and_then(|parts| price(parts.typical_input_tokens, parts.typical_fees)),
        }
    }
}

/// The bound of a call to which no limit applies, so that nothing is filled in.
pub(super) struct PlainBound {
    /// With what calls of built-in tools may add.
    pub input_tokens: i64,
    pub tool_calls: Option<i64>,
    pub output_tokens: Option<i64>,
    /// `None` if the output has no bound or the model no price.
    pub pico_usd: Option<i64>,
}

impl PlainBound {
    pub(super) fn of(bound: &Bound) -> Self {
        let values = BoundValues::of(bound);
        // Without any bound, one call is assumed: more than it costs without tools, and all that is known.
        let calls = i128::from(values.tool_calls.unwrap_or(1));
        let tool_tokens = values.tool_call_tokens.map_or(0, |tokens| calls * i128::from(tokens));
        let tool_pico_usd = values.tool_call_pico_usd.map_or(0, |price| calls * i128::from(price));
        let total = |(output, (input_price, output_price)): (i64, (i64, i64))| {
            i128::from(input_price) + tool_pico_usd + i128::from(output_price) * i128::from(output)
        };
        let prices = values.input_pico_usd.zip(values.output_token_pico_usd);
        let input = i128::from(bound.input_tokens) + tool_tokens;
        // The bound may become an estimate in the ledger: at most what a call can use, of unknown cost if it says more.
        let output = bound.output_tokens.map(i128::from);
        let is_credible = input.max(output.unwrap_or_default()) <= i128::from(MAX_CREDIBLE_TOKENS);
        let pico_usd = bound.output_tokens.zip(prices).map(total).filter(|_| is_credible);
        Self {
            input_tokens: at_most(MAX_CREDIBLE_TOKENS, input),
            tool_calls: values.tool_calls,
            output_tokens: output.map(|tokens| at_most(MAX_CREDIBLE_TOKENS, tokens)),
            // More than a `bigint` holds is more than any limit.
            pico_usd: pico_usd.map(|amount| at_most(MOST, amount)),
        }
    }
}

/// The bound of a call under limits that have ample room for it, so that it does not depend on what they have left.
#[derive(Clone, Copy)]
pub(super) struct AmpleBound {
    pub input_tokens: i64,
    /// What a hard limit on tokens or money fills in, if the request sets no bound.
    pub output_tokens: i64,
    pub is_filled: bool,
    /// `None` if the model has no price.
    pub pico_usd: Option<i64>,
    /// What a limit on tokens must have left behind the call, for all of `fill_tokens` to be an eighth of what it has
    /// left before it; 0 if nothing is filled in.
    pub ample_tokens: i64,
    /// The same of a limit on money, in pico-USD.
    pub ample_pico_usd: i64,
}

impl AmpleBound {
    /// `None` if built-in tools or the model bound it, or if it is so large that sums might not fit a `bigint`.
    pub(super) fn of(bound: &Bound) -> Option<Self> {
        let is_credible = |tokens: i64| (0..=MAX_CREDIBLE_TOKENS).contains(&tokens);
        let is_bounded = bound.tools.is_none() && bound.unbounded.is_none();
        if !is_bounded || !is_credible(bound.input_tokens) || !is_credible(bound.fill_tokens) {
            return None;
        }
        let filled = || bound.fill_tokens.checked_div(bound.choices)?.checked_mul(bound.choices);
        let output_tokens = bound.output_tokens.or_else(filled).filter(|tokens| is_credible(*tokens))?;
        let is_filled = bound.output_tokens.is_none();
        let ample_tokens = if is_filled { FILLED_SHARE * bound.fill_tokens } else { 0 };
        let (mut pico_usd, mut ample_pico_usd) = (None, 0);
        if let Some(price) = bound.price {
            let rate = price.output_token.as_pico_per_token();
            let input = price.input(bound.input_tokens)?.as_pico();
            let total = rate.checked_mul(output_tokens)?.checked_add(input)?;
            pico_usd = Some(total).filter(|amount| (0..=MAX_AMPLE_PICO_USD).contains(amount));
            pico_usd?;
            ample_pico_usd = rate.max(1).checked_mul(ample_tokens)?;
        }
        let is_small = ample_pico_usd <= FILLED_SHARE * MAX_AMPLE_PICO_USD;
        is_small.then_some(Self {
            input_tokens: bound.input_tokens,
            output_tokens,
            is_filled,
            pico_usd,
            ample_tokens,
            ample_pico_usd,
        })
    }

    /// Of all choices together; `None` if the request sets none, and no limit that applies fills one in.
    pub(super) fn output_tokens(&self, is_bounded: bool) -> Option<i64> {
        (!self.is_filled || is_bounded).then_some(self.output_tokens)
    }

    /// Of input and output; `None` if either is not known.
    pub(super) fn pico_usd(&self, is_bounded: bool) -> Option<i64> {
        self.output_tokens(is_bounded).and(self.pico_usd)
    }
}

/// A filled-in bound is at most one part in so many of what the limit has left.
const FILLED_SHARE: i64 = 8;
/// 10,000 USD: a batch of such calls fits a `bigint` many times.
const MAX_AMPLE_PICO_USD: i64 = 10_000_000_000_000_000;

fn at_most(most: i64, amount: i128) -> i64 {
    i64::try_from(amount).map_or(most, |amount| amount.min(most))
}

const MOST: i64 = 9_000_000_000_000_000_000;
