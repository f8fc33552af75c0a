//! What a call's uses of built-in tools cost, beside its tokens.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::PriceBook;
use super::facts::CHAT_SEARCH;
use crate::calls::{Endpoint, RequestContent};
use crate::money::PicoUsd;
use crate::provider::ProviderModel;

/// Uses of one built-in tool by one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// As in the fee table.
    pub tool: String,
    pub uses: i64,
    /// Of all uses; `None` means unknown.
    pub cost: Option<PicoUsd>,
}

/// The fees of one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fees(pub Vec<Fee>);

/// How often tools were used, by the names of output items or of the fee table.
pub type ToolUses = Vec<(String, i64)>;

impl Fees {
    /// The sum; `None` if any of it is unknown.
    pub fn total(&self) -> Option<PicoUsd> {
        self.0.iter().try_fold(PicoUsd::ZERO, |sum, fee| sum.checked_add(fee.cost?))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the ledger stores them; `None` without fees.
    pub fn stored(&self) -> Option<Value> {
        let fee = |fee: &Fee| json!({"tool": fee.tool, "uses": fee.uses, "cost_pico_usd": fee.cost.map(PicoUsd::as_pico)});
        (!self.is_empty()).then(|| self.0.iter().map(fee).collect())
    }

    /// Reads what the ledger stores. A fee that cannot be read is unknown, never free.
    pub fn from_stored(stored: Option<&Value>) -> Self {
        let fee = |value: &Value| Fee {
            tool: value["tool"].as_str().unwrap_or_default().to_owned(),
            uses: value["uses"].as_i64().unwrap_or_default(),
            cost: value["cost_pico_usd"].as_i64().map(PicoUsd::from_pico),
        };
        Self(stored.and_then(Value::as_array).into_iter().flatten().map(fee).collect())
    }
}

/// How a response ended, as far as its fees are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenResponse {
    /// All its items were seen.
    Whole,
    /// It broke off: tools may have been used without a trace in it.
    Partial,
}

impl PriceBook {
    /// The fees of the tools that a response used. A search of a chat completion leaves no trace in its response: a
    /// model that searches, or was asked to, is taken to have searched once.
    pub fn fees(
        &self,
        endpoint: Endpoint,
        model: ProviderModel<'_>,
        content: &RequestContent,
        (response, uses): (SeenResponse, &ToolUses),
        at: DateTime<Utc>,
    ) -> Fees {
        let searches = endpoint.is_chat_completion()
            && (content.tools.iter().any(|tool| tool == CHAT_SEARCH) || self.is_search_model(model, at));
        let mut counts: ToolUses = uses
            .iter()
            .map(|(item, uses)| (self.requested_name(item, model, content, at), *uses))
            .chain(searches.then(|| (CHAT_SEARCH.to_owned(), 1)))
            .collect();
        // What a chat completion searches is known without a trace of it.
        if response == SeenResponse::Partial && !endpoint.is_chat_completion() {
            let unseen = content.tools.iter().filter(|tool| counts.iter().all(|(seen, _)| seen != *tool));
            let unseen: Vec<_> = unseen.map(|tool| (tool.clone(), 0)).collect();
            counts.extend(unseen);
        }
        let fees = counts.into_iter().filter_map(|(tool, uses)| {
            let price = self.tool_fee(&tool, model, at).and_then(|fee| fee.price);
            let is_complete = response == SeenResponse::Whole || price == Some(PicoUsd::ZERO);
            let cost = price.filter(|_| is_complete).and_then(|price| price.as_pico().checked_mul(uses));
            (cost != Some(0)).then_some(Fee { tool, uses, cost: cost.map(PicoUsd::from_pico) })
        });
        Fees(fees.collect())
    }

    /// Items do not say which variant of a tool made them: of several requested ones it is the most expensive.
    fn requested_name(
        &self,
        item: &str,
        model: ProviderModel<'_>,
        content: &RequestContent,
        at: DateTime<Utc>,
    ) -> String {
        let is_variant = |tool: &&String| {
            tool.strip_prefix(item).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        let bound = |tool: &&String| self.tool_fee(tool, model, at).map(|fee| fee.bound);
        let variants = content.tools.iter().filter(is_variant);
        variants.max_by_key(bound).cloned().unwrap_or_else(|| item.to_owned())
    }
}
