//! Dated facts about models and built-in tools that are not prices of tokens: what a model reads and writes at most,
//! what an image counts, what one use of a tool costs.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::book::{PriceBook, without_date};
use crate::money::PicoUsd;

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

/// One dated row of `tool_fees`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolFee {
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
    limits: HashMap<String, Vec<ModelLimits>>,
    /// Newest first.
    fees: Vec<ToolFee>,
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
    pub fn new(limits: Vec<(String, ModelLimits)>, mut fees: Vec<ToolFee>) -> Self {
        let mut by_model: HashMap<String, Vec<ModelLimits>> = HashMap::new();
        for (model, row) in limits {
            by_model.entry(model).or_default().push(row);
        }
        for rows in by_model.values_mut() {
            rows.sort_by_key(|row| std::cmp::Reverse(row.effective_from));
        }
        fees.sort_by_key(|fee| std::cmp::Reverse(fee.effective_from));
        Self { limits: by_model, fees }
    }
}

impl PriceBook {
    /// The limits of a model, by its name, its alias, or its name without a date.
    pub fn model_limits(&self, model: &str, at: DateTime<Utc>) -> Option<&ModelLimits> {
        self.base_names(model)
            .find_map(|name| self.facts.limits.get(name)?.iter().find(|limits| limits.effective_from <= at))
    }

    /// The most tokens that one choice can have. For an unlisted model, a bound that every chat model accepts.
    pub fn max_output_tokens(&self, model: &str, at: DateTime<Utc>) -> i64 {
        self.model_limits(model, at).map_or(DEFAULT_MAX_OUTPUT_TOKENS, |limits| limits.max_output_tokens)
    }

    /// The fee row of a tool: the model's own, else the general one, else the one of unknown tools.
    pub fn tool_fee(&self, tool: &str, model: &str, at: DateTime<Utc>) -> Option<&ToolFee> {
        let row = |tool: &str, model: &str| {
            let mut rows = self.facts.fees.iter();
            rows.find(|fee| fee.tool == tool && fee.model == model && fee.effective_from <= at)
        };
        self.base_names(model)
            .find_map(|name| row(tool, name))
            .or_else(|| row(tool, ""))
            .or_else(|| row(OTHER_TOOL, ""))
    }

    /// Whether each completion of this model searches the web.
    pub fn is_search_model(&self, model: &str, at: DateTime<Utc>) -> bool {
        self.tool_fee(CHAT_SEARCH, model, at)
            .is_some_and(|fee| fee.tool == CHAT_SEARCH && !fee.model.is_empty())
    }

    /// The names under which facts of a model may be listed, most specific first.
    fn base_names<'a>(&'a self, model: &'a str) -> impl Iterator<Item = &'a str> {
        let aliased = |name: &'a str| [Some(name), self.aliases.get(name).map(String::as_str)];
        let dateless = without_date(model).map(aliased).into_iter().flatten();
        aliased(model).into_iter().chain(dateless).flatten()
    }
}
