//! The most that a request can use, before anything of its outcome is known.

use chrono::{DateTime, Utc};

use super::facts::{CHAT_SEARCH, WEB_SEARCH};
use super::{InputBound, ModelLimits, PriceBook, ToolFee};
use crate::calls::{Bound, Endpoint, RequestContent, ToolBound, UnboundedParts};
use crate::money::PicoUsd;
use crate::provider::{Provider, ProviderModel};

/// Assumed of a model that has a price but no limits: the largest window of a listed model.
const FALLBACK_CONTEXT_WINDOW_TOKENS: i64 = 1_050_000;
/// The most calls of built-in tools that a limit fills in, however much it has left.
const MAX_FILLED_TOOL_CALLS: i64 = 32;
/// The output of a legacy completion whose request sets no bound. A limit fills in the same value: responses are equal.
const DEFAULT_COMPLETION_TOKENS: i64 = 16;
/// The most that one use of a tool costs whose provider has no fees here: as the rows of unknown tools say, 0.05 USD.
const UNKNOWN_FEE_BOUND: PicoUsd = PicoUsd::from_pico(50_000_000_000);
/// What a limit that estimates assumes of an ordinary call.
const TYPICAL_STORED_TOKENS: i64 = 32_768;
const TYPICAL_RESULT_TOKENS: i64 = 16_384;
const TYPICAL_TOOL_CALLS: i64 = 4;

/// A request, as far as it decides its own bound.
pub struct BoundedRequest<'a> {
    pub endpoint: Endpoint,
    pub provider: &'a Provider,
    pub model: &'a str,
    pub service_tier: Option<&'a str>,
    pub content: &'a RequestContent,
    /// Of all choices together; `None` if the request sets no bound.
    pub output_tokens: Option<i64>,
    pub choices: i64,
}

impl<'a> BoundedRequest<'a> {
    fn priced_model(&self) -> ProviderModel<'a> {
        self.provider.model(self.model)
    }
}

impl PriceBook {
    /// The most that a request can use and cost.
    pub fn request_bound(&self, request: &BoundedRequest<'_>, at: DateTime<Utc>) -> Bound {
        if request.endpoint.is_free() {
            return Bound::free();
        }
        let model = request.priced_model();
        let limits = self.model_limits(model, at);
        let window = limits.map_or(FALLBACK_CONTEXT_WINDOW_TOKENS, |limits| limits.context_window_tokens);
        let search = self.tool_fee(WEB_SEARCH, model, at).and_then(|fee| fee.result_tokens);
        let input_tokens = input_tokens(request, limits, window, search.unwrap_or(window));
        let mut tools = self.tool_bound(request, window, input_tokens, at);
        if let Some(tools) = tools.as_mut()
            && let Some(calls) = self.calls_below_threshold(model, input_tokens, tools)
        {
            tools.fill_calls = calls;
        }
        let most_input = tools.as_ref().map_or(input_tokens, |tools| {
            let calls = tools.max_calls.unwrap_or(tools.fill_calls);
            input_tokens.saturating_add(tools.tokens_per_call.saturating_mul(calls))
        });
        let input = InputBound { tokens: most_input, cache_writes_long: request.content.cache_writes_long };
        let price = self.price_bound(model, request.service_tier, input, at);
        let unbounded = self.unbounded(request, limits, tools.as_ref(), most_input);
        let model_tokens = self.max_output_tokens(model, at);
        Bound {
            input_tokens,
            // A request to compact takes no bound, so none can be filled in.
            output_tokens: match request.endpoint {
                Endpoint::ResponsesCompact => Some(model_tokens),
                _ => request.output_tokens,
            },
            fill_tokens: match request.endpoint {
                Endpoint::Completions => DEFAULT_COMPLETION_TOKENS,
                _ => model_tokens,
            }
            .saturating_mul(request.choices),
            choices: request.choices,
            price,
            tools,
            unbounded,
        }
    }

    /// The turn after a call reads the whole context again, with the result.
    fn tool_bound(
        &self,
        request: &BoundedRequest<'_>,
        window: i64,
        input_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<ToolBound> {
        let is_search_model =
            request.endpoint.is_chat_completion() && self.is_search_model(request.priced_model(), at);
        let implied = is_search_model.then_some(CHAT_SEARCH);
        let names: Vec<&str> = request.content.tools.iter().map(String::as_str).chain(implied).collect();
        if names.is_empty() {
            return None;
        }
        let fees: Vec<Option<&ToolFee>> =
            names.iter().map(|tool| self.tool_fee(tool, request.priced_model(), at)).collect();
        let result_tokens =
            fees.iter().try_fold(0, |most, fee| fee.as_ref()?.result_tokens.map(|own| own.max(most)));
        // Chat completions have no bound on tool calls, and search once.
        let max_calls =
            if request.endpoint.is_chat_completion() { Some(1) } else { request.content.max_tool_calls };
        Some(ToolBound {
            max_calls,
            fill_calls: MAX_FILLED_TOOL_CALLS,
            tokens_per_call: result_tokens
                .map_or(window, |result| window.min(input_tokens.saturating_add(result))),
            fee_per_call: fees
                .iter()
                .map(|fee| fee.map_or(UNKNOWN_FEE_BOUND, |fee| fee.bound))
                .max()
                .unwrap_or(PicoUsd::ZERO),
        })
    }

    /// How many calls to fill in so that the whole input stays below the model's long-context threshold, where a price
    /// for all tokens begins. `None` if there is none, or if even one call passes it.
    fn calls_below_threshold(
        &self,
        model: ProviderModel<'_>,
        input_tokens: i64,
        tools: &ToolBound,
    ) -> Option<i64> {
        let rows = self.rows_of(model).flatten();
        let threshold = rows.map(|row| row.above_input_tokens).filter(|above| *above > 0).min()?;
        let calls = threshold.saturating_sub(input_tokens) / tools.tokens_per_call.max(1);
        (calls > 0).then(|| calls.min(MAX_FILLED_TOOL_CALLS))
    }

    fn unbounded(
        &self,
        request: &BoundedRequest<'_>,
        limits: Option<&ModelLimits>,
        tools: Option<&ToolBound>,
        most_input: i64,
    ) -> Option<UnboundedParts> {
        let content = request.content;
        let mut names = content.unbounded.clone();
        if content.images + content.low_detail_images > 0
            && limits.is_none_or(|limits| limits.image_tokens.is_none())
        {
            names.push("images".to_owned());
        }
        if names.is_empty() && tools.is_none() {
            return None;
        }
        if names.is_empty() {
            names.push("web search".to_owned());
        }
        let is_stored = content.fills_window || content.stored_outputs + content.earlier_searches > 0;
        let base = content.text_bytes.saturating_add(if is_stored { TYPICAL_STORED_TOKENS } else { 0 });
        let calls = tools
            .map_or(0, |tools| tools.max_calls.map_or(TYPICAL_TOOL_CALLS, |own| own.min(TYPICAL_TOOL_CALLS)));
        let rounds = base.saturating_add(TYPICAL_RESULT_TOKENS).saturating_mul(calls);
        let fee = tools.map_or(PicoUsd::ZERO, |tools| tools.fee_per_call);
        Some(UnboundedParts {
            names: names.join(", "),
            is_model_known: !content.uses_other_models
                && (limits.is_some() || self.rows_of(request.priced_model()).next().is_some()),
            typical_input_tokens: base.saturating_add(rounds).min(most_input),
            typical_fees: PicoUsd::from_pico(fee.as_pico().saturating_mul(calls)),
        })
    }
}

/// The most input of the first turn. No provider reads more than the window, so that also bounds long texts; not the
/// inputs of embeddings and legacy completions, which are many texts, nor those of a model whose window is not known.
fn input_tokens(
    request: &BoundedRequest<'_>,
    limits: Option<&ModelLimits>,
    window: i64,
    per_search: i64,
) -> i64 {
    let content = request.content;
    if request.endpoint.is_embedding() || request.endpoint == Endpoint::Completions {
        return if content.fills_window { window.max(content.text_bytes) } else { content.text_bytes };
    }
    let has_images = content.images + content.low_detail_images > 0;
    let image_tokens = limits.and_then(|limits| limits.image_tokens);
    if content.fills_window || (has_images && image_tokens.is_none()) {
        return window;
    }
    let per_image = image_tokens.unwrap_or_default();
    let per_low = limits.and_then(|limits| limits.low_detail_image_tokens).unwrap_or(per_image);
    let per_output = limits.map_or(window, |limits| limits.max_output_tokens);
    let tokens = content
        .text_bytes
        .saturating_add(per_image.saturating_mul(content.images))
        .saturating_add(per_low.saturating_mul(content.low_detail_images))
        .saturating_add(per_output.saturating_mul(content.stored_outputs))
        .saturating_add(per_search.saturating_mul(content.earlier_searches));
    if limits.is_some() { tokens.min(window) } else { tokens }
}
