//! What was served, by minute, model, tier and key: the data behind the usage and costs endpoints.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::builtin::ToolFees;
use crate::counters::ProviderCall;
use crate::endpoint::Endpoint;
use crate::usage::Usage;

/// Every key belongs to this project unless a test says otherwise.
const PROJECT: &str = "proj_mock";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum BilledKind {
    #[default]
    Completions,
    Embeddings,
    /// Anthropic's.
    Messages,
}

/// Requests of one kind and their total usage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Billed {
    /// Unix seconds.
    pub at: u64,
    pub kind: BilledKind,
    /// The dated model version that served them.
    pub model: String,
    pub service_tier: String,
    pub project_id: String,
    pub api_key_id: String,
    pub requests: u64,
    pub usage: Usage,
}

pub(crate) struct Priced {
    pub(crate) project_id: String,
    pub(crate) line_item: String,
    pub(crate) pico_usd: u128,
}

pub(crate) struct MessageCost {
    pub(crate) model: Option<String>,
    /// Of tokens, or what else is charged for.
    pub(crate) kind: &'static str,
    pub(crate) pico_usd: u128,
}

/// What Anthropic charges for a search: 10 USD per thousand.
const SEARCH_PICO_USD: u128 = 10_000_000_000;

/// USD per million tokens, in millionths: input, cached input, output.
type Rates = (u64, u64, u64);

/// Models that tests and the local stack use; the empty prefix prices all others.
const RATES: &[(&str, Rates)] = &[
    ("gpt-4o-mini", (150_000, 75_000, 600_000)),
    ("gpt-4o", (2_500_000, 1_250_000, 10_000_000)),
    ("claude-opus-5", (5_000_000, 500_000, 25_000_000)),
    ("claude-haiku-4-5", (1_000_000, 100_000, 5_000_000)),
    ("text-embedding-3-small", (20_000, 20_000, 0)),
    ("text-embedding-3-large", (130_000, 130_000, 0)),
    ("", (1_000_000, 500_000, 4_000_000)),
];

/// Minute, kind, model, tier, project and key.
type BillingKey = (u64, BilledKind, String, String, String, String);

#[derive(Debug, Default)]
pub(crate) struct Billing {
    entries: BTreeMap<BillingKey, (u64, Usage)>,
    /// By second and line item, in millionths of a USD.
    fees: BTreeMap<(u64, &'static str), u64>,
    /// Rates set by a test.
    rates: BTreeMap<String, Rates>,
}

impl Billing {
    pub(crate) fn add(&mut self, billed: Billed) {
        let minute = billed.at / 60 * 60;
        let Billed { kind, model, service_tier, project_id, api_key_id, requests, usage, .. } = billed;
        let entry =
            self.entries.entry((minute, kind, model, service_tier, project_id, api_key_id)).or_default();
        entry.0 += requests;
        entry.1 += usage;
    }

    /// A call that ends now; one without usage or model did no work.
    pub(crate) fn add_call(
        &mut self,
        endpoint: Endpoint,
        api_key_id: &str,
        call: &ProviderCall,
        fees: &ToolFees,
    ) {
        let (Some(usage), Some(model)) = (call.usage, &call.served_model) else { return };
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        for (line_item, micro_usd) in fees {
            *self.fees.entry((at, line_item)).or_default() += micro_usd;
        }
        let whole = [(model, usage)];
        let steps = call.steps.iter().map(|step| (&step.model, step.usage));
        for (model, usage) in steps.chain(whole.into_iter().filter(|_| call.steps.is_empty())) {
            self.add(Billed {
                at,
                kind: match endpoint {
                    Endpoint::Embeddings => BilledKind::Embeddings,
                    Endpoint::Messages => BilledKind::Messages,
                    _ => BilledKind::Completions,
                },
                model: model.clone(),
                service_tier: call.service_tier.clone().unwrap_or_default(),
                project_id: PROJECT.to_owned(),
                api_key_id: api_key_id.to_owned(),
                requests: 1,
                usage,
            });
        }
    }

    /// The costs of Anthropic's messages by model and bucket of usage, and of its searches without a model.
    pub(crate) fn message_costs(&self, range: Range<u64>) -> Vec<MessageCost> {
        let mut costs = Vec::new();
        for billed in self.usage(BilledKind::Messages, range) {
            let (input, cached, output) = self.rates_of(&billed.model);
            let usage = billed.usage;
            let lines = [
                ("uncached_input_tokens", usage.uncached_tokens(), input),
                ("cache_read_input_tokens", usage.cached_tokens, cached),
                ("cache_creation.ephemeral_5m_input_tokens", usage.cache_write_tokens, input * 5 / 4),
                ("cache_creation.ephemeral_1h_input_tokens", usage.cache_write_long_tokens, input * 2),
                ("output_tokens", usage.output_tokens, output),
            ];
            let cost = |(kind, count, rate): (&'static str, u64, u64)| MessageCost {
                model: Some(billed.model.clone()),
                kind,
                pico_usd: u128::from(count) * u128::from(rate),
            };
            costs.extend(lines.into_iter().filter(|(_, count, _)| *count > 0).map(cost));
            if usage.web_search_requests > 0 {
                let pico_usd = u128::from(usage.web_search_requests) * SEARCH_PICO_USD;
                costs.push(MessageCost { model: None, kind: "web_search", pico_usd });
            }
        }
        costs
    }

    pub(crate) fn set_rates(&mut self, model: &str, rates: Rates) {
        self.rates.insert(model.to_owned(), rates);
    }

    pub(crate) fn usage(&self, kind: BilledKind, range: Range<u64>) -> Vec<Billed> {
        let lowest =
            |at| (at, BilledKind::Completions, String::new(), String::new(), String::new(), String::new());
        let entries = self.entries.range(lowest(range.start)..lowest(range.end));
        let billed = |(key, (requests, usage)): (&BillingKey, &(u64, Usage))| {
            let (at, kind, model, service_tier, project_id, api_key_id) = key.clone();
            Billed {
                at,
                kind,
                model,
                service_tier,
                project_id,
                api_key_id,
                requests: *requests,
                usage: *usage,
            }
        };
        entries.map(billed).filter(|billed| billed.kind == kind).collect()
    }

    pub(crate) fn costs(&self, range: Range<u64>) -> Vec<Priced> {
        let fees = self.fees.range((range.start, "")..(range.end, ""));
        let fee = |((_, line_item), micro_usd): (&(u64, &str), &u64)| Priced {
            project_id: PROJECT.to_owned(),
            line_item: (*line_item).to_owned(),
            pico_usd: u128::from(*micro_usd) * 1_000_000,
        };
        let mut priced: Vec<Priced> = fees.map(fee).collect();
        for billed in [BilledKind::Completions, BilledKind::Embeddings]
            .map(|kind| self.usage(kind, range.clone()))
            .concat()
        {
            let (input, cached, output) = self.rates_of(&billed.model);
            let usage = billed.usage;
            let lines = [
                ("input", usage.input_tokens.saturating_sub(usage.cached_tokens), input),
                ("cached input", usage.cached_tokens, cached),
                ("output", usage.output_tokens, output),
            ];
            for (name, tokens, rate) in lines.into_iter().filter(|(_, tokens, _)| *tokens > 0) {
                priced.push(Priced {
                    project_id: billed.project_id.clone(),
                    line_item: format!("{}, {name}", billed.model),
                    pico_usd: u128::from(tokens) * u128::from(rate),
                });
            }
        }
        priced
    }

    fn rates_of(&self, model: &str) -> Rates {
        let known = || RATES.iter().find(|(prefix, _)| model.starts_with(prefix)).map(|(_, rates)| *rates);
        self.rates.get(model).copied().or_else(known).unwrap_or_default()
    }
}

/// The provider's id of a key, the same in every process.
pub(crate) fn api_key_id(key: &str) -> String {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    format!("key_{:016x}", hasher.finish())
}
