//! Dated facts about models and built-in tools that are not prices of tokens: what a model reads and writes at most,
//! what an image counts, what one use of a tool costs.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::book::PriceBook;
use crate::money::PicoUsd;
use crate::provider::{Provider, ProviderModel};

/// One dated row of `model_limits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelLimits {
    pub effective_from: DateTime<Utc>,
    /// Input and output together.
    pub context_window_tokens: i64,
    pub max_output_tokens: i64,
    /// The most that one image counts; `None` if no rule is published.
    pub image_tokens: Option<i64>,
    /// The same with `detail: low`; `None` if that is no cheaper.
    pub low_detail_image_tokens: Option<i64>,
}

/// The limits of a model, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedModel {
    pub provider: Provider,
    pub model: String,
    pub limits: ModelLimits,
}

/// One dated row of `tool_fees`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolFee {
    pub provider: Provider,
    pub tool: String,
    /// Empty: every model without a row of its own.
    pub model: String,
    pub effective_from: DateTime<Utc>,
    /// Of one use; `None` means unknown.
    pub price: Option<PicoUsd>,
    /// The most that one use can cost.
    pub bound: PicoUsd,
    /// The most tokens that the result of one use adds; `None` is the whole window.
    pub result_tokens: Option<i64>,
}

/// All such rows.
#[derive(Debug, Clone, Default)]
pub struct ModelFacts {
    /// Rows of a model, newest first.
    limits: HashMap<Provider, HashMap<String, Vec<ModelLimits>>>,
    /// Rows of a tool, newest first.
    fees: HashMap<Provider, HashMap<String, Vec<ToolFee>>>,
}

/// The row that prices a tool which has none of its own.
const OTHER_TOOL: &str = "other";
/// Each completion of a model that has this fee searches once.
pub(super) const CHAT_SEARCH: &str = "chat_search";
/// What a search of an earlier turn adds is the result of this tool.
pub(super) const WEB_SEARCH: &str = "web_search";

/// The smallest output limit among current chat models.
const DEFAULT_MAX_OUTPUT_TOKENS: i64 = 4096;

impl ModelFacts {
    pub fn new(listed: Vec<ListedModel>, mut fees: Vec<ToolFee>) -> Self {
        let mut limits: HashMap<Provider, HashMap<String, Vec<ModelLimits>>> = HashMap::new();
        for row in listed {
            limits.entry(row.provider).or_default().entry(row.model).or_default().push(row.limits);
        }
        for rows in limits.values_mut().flat_map(HashMap::values_mut) {
            rows.sort_by_key(|row| std::cmp::Reverse(row.effective_from));
        }
        fees.sort_by_key(|fee| std::cmp::Reverse(fee.effective_from));
        let mut by_provider: HashMap<Provider, HashMap<String, Vec<ToolFee>>> = HashMap::new();
        for fee in fees {
            let of_provider = by_provider.entry(fee.provider.clone()).or_default();
            of_provider.entry(fee.tool.clone()).or_default().push(fee);
        }
        Self { limits, fees: by_provider }
    }
}

impl PriceBook {
    /// The limits of a model, by its name, its alias, or its name without a version.
    pub fn model_limits(&self, model: ProviderModel<'_>, at: DateTime<Utc>) -> Option<&ModelLimits> {
        let listed = self.facts.limits.get(model.provider)?;
        self.base_names(model)
            .find_map(|name| listed.get(name)?.iter().find(|limits| limits.effective_from <= at))
    }

    /// The most tokens that one choice can have. For an unlisted model, a bound that every chat model accepts.
    pub fn max_output_tokens(&self, model: ProviderModel<'_>, at: DateTime<Utc>) -> i64 {
        self.model_limits(model, at).map_or(DEFAULT_MAX_OUTPUT_TOKENS, |limits| limits.max_output_tokens)
    }

    /// The fee row of a tool: the model's own, else the general one, else the one of unknown tools.
    pub fn tool_fee(&self, tool: &str, model: ProviderModel<'_>, at: DateTime<Utc>) -> Option<&ToolFee> {
        let tools = self.facts.fees.get(model.provider)?;
        let own = tools.get(tool).and_then(|rows| {
            self.base_names(model).chain([""]).find_map(|name| fee_in_effect(rows, name, at))
        });
        own.or_else(|| fee_in_effect(tools.get(OTHER_TOOL)?, "", at))
    }

    /// Whether each completion of this model searches the web.
    pub fn is_search_model(&self, model: ProviderModel<'_>, at: DateTime<Utc>) -> bool {
        self.tool_fee(CHAT_SEARCH, model, at)
            .is_some_and(|fee| fee.tool == CHAT_SEARCH && !fee.model.is_empty())
    }

    /// The names under which facts of a model may be listed, most specific first.
    fn base_names<'a>(&'a self, model: ProviderModel<'a>) -> impl Iterator<Item = &'a str> {
        model.names().flat_map(move |name| [Some(name), self.alias_of(model.provider.model(name))]).flatten()
    }
}

fn fee_in_effect<'a>(rows: &'a [ToolFee], model: &str, at: DateTime<Utc>) -> Option<&'a ToolFee> {
    rows.iter().find(|fee| fee.model == model && fee.effective_from <= at)
}
