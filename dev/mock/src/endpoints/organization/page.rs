//! A page of a report, summed from what was billed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::query::ReportQuery;
use super::report::OrganizationReport;
use crate::billing::{Billed, BilledKind, Priced};
use crate::mock::Mock;

impl ReportQuery {
    pub(super) fn page(&self, mock: &Mock) -> Value {
        let step = usize::try_from(self.width).unwrap_or(1);
        let mut starts = self.range.clone().step_by(step);
        let billing = mock.billing();
        let data: Vec<Value> = starts
            .by_ref()
            .take(self.page_buckets)
            .map(|start| {
                let end = start + self.width;
                let results = match self.report {
                    OrganizationReport::Usage(kind) => self.usage(billing.usage(kind, start..end)),
                    OrganizationReport::Costs => self.costs(billing.costs(start..end)),
                };
                json!({ "object": "bucket", "start_time": start, "end_time": end, "results": results })
            })
            .collect();
        let next = starts.next().map(|start| format!("page_{start}"));
        json!({ "object": "page", "data": data, "has_more": next.is_some(), "next_page": next })
    }

    fn matches(&self, fields: &BTreeMap<&'static str, Option<String>>) -> bool {
        self.filters.iter().all(|(field, allowed)| {
            fields.get(field).and_then(Option::as_ref).is_none_or(|value| allowed.contains(value))
        })
    }

    /// Fields that are not grouped by are null, as in the provider's responses.
    fn group(
        &self,
        fields: &BTreeMap<&'static str, Option<String>>,
    ) -> BTreeMap<&'static str, Option<String>> {
        let value = |field: &'static str| {
            let is_grouped = self.groups.iter().any(|group| group == field);
            (field, fields.get(field).cloned().flatten().filter(|_| is_grouped))
        };
        self.report.groups().iter().copied().map(value).collect()
    }

    fn usage(&self, billed: Vec<Billed>) -> Vec<Value> {
        let mut sums: BTreeMap<_, Billed> = BTreeMap::new();
        for entry in billed {
            let fields = BTreeMap::from([
                ("project_id", Some(entry.project_id.clone())),
                ("api_key_id", Some(entry.api_key_id.clone())),
                ("model", Some(entry.model.clone())),
                ("service_tier", Some(entry.service_tier.clone())),
            ]);
            if self.matches(&fields) {
                let sum = sums.entry(self.group(&fields)).or_default();
                sum.requests += entry.requests;
                sum.usage += entry.usage;
            }
        }
        sums.into_iter().map(|(group, sum)| self.usage_result(group, &sum)).collect()
    }

    fn usage_result(&self, group: BTreeMap<&'static str, Option<String>>, sum: &Billed) -> Value {
        let usage = &sum.usage;
        let mut result = Map::new();
        result.insert("object".to_owned(), json!(format!("{}.result", self.report.name().replace('/', "."))));
        result.insert("input_tokens".to_owned(), json!(usage.input_tokens));
        result.insert("num_model_requests".to_owned(), json!(sum.requests));
        if self.report == OrganizationReport::Usage(BilledKind::Completions) {
            let counts = [
                ("output_tokens", usage.output_tokens),
                ("input_cached_tokens", usage.cached_tokens),
                ("input_cache_write_tokens", usage.cache_write_tokens),
                ("input_audio_tokens", usage.input_audio_tokens),
                ("output_audio_tokens", usage.output_audio_tokens),
            ];
            result.extend(counts.map(|(name, count)| (name.to_owned(), json!(count))));
        }
        result.extend(group.into_iter().map(|(field, value)| (field.to_owned(), json!(value))));
        Value::Object(result)
    }

    fn costs(&self, priced: Vec<Priced>) -> Vec<Value> {
        let mut sums: BTreeMap<_, u128> = BTreeMap::new();
        for entry in priced {
            let fields = BTreeMap::from([
                ("project_id", Some(entry.project_id)),
                ("line_item", Some(entry.line_item)),
            ]);
            if self.matches(&fields) {
                *sums.entry(self.group(&fields)).or_default() += entry.pico_usd;
            }
        }
        let result = |(group, pico): (BTreeMap<&'static str, Option<String>>, u128)| {
            #[expect(clippy::cast_precision_loss, reason = "the provider's amounts are floats as well")]
            let value = pico as f64 / 1e12;
            json!({
                "object": "organization.costs.result",
                "amount": { "value": value, "currency": "usd" },
                "line_item": group.get("line_item"),
                "project_id": group.get("project_id"),
            })
        };
        sums.into_iter().map(result).collect()
    }
}
