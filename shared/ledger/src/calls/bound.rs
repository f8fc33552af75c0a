//! A call's bound as the parameters of its admission.

use domain::calls::Bound;
use domain::money::PicoUsd;

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
