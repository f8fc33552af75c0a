//! Random calls, as callers with each of the keys make them.

use domain::calls::{Admission, Bound, ToolBound};
use domain::ids::CallId;
use domain::keys::{KeyHash, KeyHasher};
use domain::money::{PicoUsd, Rate};
use domain::pricing::PriceBound;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::KEYS;
use crate::limits::admission;

const MODELS: [&str; 4] = ["gpt-4o", "gpt-4o-mini", "o3", "gpt%4o"];

#[derive(Debug, Clone, Default)]
pub(super) struct Call {
    pub key: usize,
    pub is_stale: bool,
    pub label: Option<&'static str>,
    pub fallback_label: Option<&'static str>,
    pub model: &'static str,
    pub tags: Option<Value>,
    pub output_tokens: Option<i64>,
    pub is_priced: bool,
    pub rate: i64,
    pub tools: Option<(Option<i64>, i64)>,
}

pub(super) fn a_call() -> impl Strategy<Value = Call> {
    let labels = || proptest::sample::select(vec![None, Some("one"), Some("two"), Some("three")]);
    let tags = proptest::sample::select(vec![
        None,
        Some(json!({})),
        Some(json!({"team": "a"})),
        Some(json!({"team": "b", "env": "x"})),
    ]);
    let tools = proptest::option::of((proptest::option::of(0_i64..200), 0_i64..2_000_000));
    (
        0..KEYS.len(),
        proptest::bool::weighted(0.1),
        labels(),
        labels(),
        proptest::sample::select(MODELS.to_vec()),
        tags,
        proptest::option::of(prop_oneof![0_i64..100_000, Just(i64::MAX)]),
        any::<bool>(),
        prop_oneof![Just(0_i64), 1_i64..1_000_000_000],
        tools,
    )
        .prop_map(
            |(key, is_stale, label, fallback_label, model, tags, output_tokens, is_priced, rate, tools)| {
                Call {
                    key,
                    is_stale,
                    label,
                    fallback_label,
                    model,
                    tags,
                    output_tokens,
                    is_priced,
                    rate,
                    tools,
                }
            },
        )
}

impl Call {
    pub(super) fn admission(&self, id: CallId, price_version: i64) -> Admission<'_> {
        let rate = Rate::from_pico_per_token(self.rate).unwrap();
        Admission {
            key: Some(secret_of(self.key)),
            label: self.label,
            fallback_label: self.fallback_label,
            model: self.model,
            tags: self.tags.as_ref(),
            bound: Bound {
                input_tokens: 1_000,
                output_tokens: self.output_tokens,
                fill_tokens: 1_000,
                choices: 1,
                price: self.is_priced.then_some(PriceBound { input_token: rate, output_token: rate }),
                tools: self.tools.map(|(max_calls, tokens_per_call)| ToolBound {
                    max_calls,
                    fill_calls: 10,
                    tokens_per_call,
                    fee_per_call: PicoUsd::from_pico(7),
                }),
                unbounded: None,
            },
            ..admission(id, price_version - i64::from(self.is_stale), None)
        }
    }
}

pub(super) fn secret_of(key: usize) -> KeyHash {
    KeyHasher::new(&"pepper".into()).digest(&[key.to_string().as_bytes()])
}
