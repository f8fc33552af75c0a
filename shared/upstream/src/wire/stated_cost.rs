//! The members of a usage object that say what the answer costs.

use domain::money::PicoUsd;
use domain::usage::ReportedCost;

use crate::json::{as_bool, as_present, as_str, read_object};

/// Ten billion ticks are one USD.
const TICK_PLACES: i32 = 10;

/// As the members are met.
#[derive(Default)]
pub(super) struct StatedCost<'a> {
    /// In USD, as routers write it. Perplexity's is an object with the sum in `total_cost`.
    cost: Option<&'a str>,
    /// xAI's.
    ticks: Option<&'a str>,
    /// Of a call with a key of one's own at the provider, `cost` is only the router's fee.
    details: Option<&'a str>,
    is_byok: Option<bool>,
}

impl<'a> StatedCost<'a> {
    pub(super) fn see(&mut self, name: &str, value: &'a str) {
        let Some(value) = as_present(value) else { return };
        match name {
            "cost" => self.cost = Some(value),
            "cost_in_usd_ticks" => self.ticks = Some(value),
            "cost_details" => self.details = Some(value),
            "is_byok" => self.is_byok = as_bool(value),
            _ => {}
        }
    }

    /// `None` if no cost is stated.
    pub(super) fn read(&self) -> Option<ReportedCost> {
        match (self.cost, self.ticks) {
            (Some(cost), _) => Some(self.in_usd(cost).into()),
            (None, Some(ticks)) => Some(read(ticks, TICK_PLACES).into()),
            (None, None) => None,
        }
    }

    fn in_usd(&self, cost: &str) -> Option<PicoUsd> {
        let own = if cost.starts_with('{') { read(member(cost, "total_cost")?, 0) } else { read(cost, 0) }?;
        if self.is_byok == Some(false) {
            return Some(own);
        }
        match self.details.and_then(|details| member(details, "upstream_inference_cost")) {
            Some(at_provider) => own.checked_add(read(at_provider, 0)?),
            None if self.is_byok == Some(true) => None,
            None => Some(own),
        }
    }
}

/// A number, or one as text.
fn read(value: &str, places: i32) -> Option<PicoUsd> {
    match as_str(value) {
        Some(text) => PicoUsd::of_stated(&text, places),
        None => PicoUsd::of_stated(value, places),
    }
}

fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let members = read_object(object)?.members;
    members.iter().rfind(|member| member.key == name).and_then(|member| as_present(member.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::parse_usage;

    fn stated(usage: &str) -> (Option<i64>, bool) {
        let stated = parse_usage(usage).unwrap().report.stated_cost;
        (stated.and_then(ReportedCost::known).map(PicoUsd::as_pico), stated == Some(ReportedCost::Unreadable))
    }

    #[test]
    fn cost_is_read_in_the_unit_of_its_name() {
        for (usage, pico) in [
            (r#"{"prompt_tokens": 3, "cost": 0.00014}"#, 140_000_000),
            (r#"{"cost": "0.00014"}"#, 140_000_000),
            (
                r#"{"cost": 1.4e-4, "is_byok": false, "cost_details": {"upstream_inference_cost": 0.1}}"#,
                140_000_000,
            ),
            (r#"{"cost": 0}"#, 0),
            (r#"{"cost": null, "cost_in_usd_ticks": 2709000}"#, 270_900_000),
            (r#"{"cost_in_usd_ticks": 2709000, "cost": 0.0002709}"#, 270_900_000),
            (r#"{"cost": {"request_cost": 0.005, "total_cost": 0.006}}"#, 6_000_000_000),
            // The fee, and what the provider bills to the caller's own account there.
            (r#"{"cost": 0.95, "cost_details": {"upstream_inference_cost": 19}}"#, 19_950_000_000_000),
            (
                r#"{"cost": 0.95, "is_byok": true, "cost_details": {"upstream_inference_cost": 19}}"#,
                19_950_000_000_000,
            ),
            (r#"{"cost": 0.95, "cost_details": {"upstream_inference_cost": null}}"#, 950_000_000_000),
        ] {
            assert_eq!(stated(usage), (Some(pico), false), "{usage}");
        }
        assert_eq!(stated(r#"{"prompt_tokens": 3}"#), (None, false));
        assert_eq!(stated(r#"{"cost": null, "cost_in_usd_ticks": null}"#), (None, false));
    }

    #[test]
    fn value_that_is_no_cost_is_noted_and_ignored() {
        for usage in [
            r#"{"cost": -0.1}"#,
            r#"{"cost": true}"#,
            r#"{"cost": ""}"#,
            r#"{"cost": "free"}"#,
            r#"{"cost": []}"#,
            r#"{"cost": {}}"#,
            r#"{"cost": 1e9}"#,
            r#"{"cost": NaN}"#,
            r#"{"cost_in_usd_ticks": -5}"#,
            r#"{"cost": 0.01, "is_byok": true}"#,
            r#"{"cost": 0.01, "cost_details": {"upstream_inference_cost": -1}}"#,
        ] {
            let usage = usage.replacen('{', r#"{"prompt_tokens": 3, "#, 1);
            assert_eq!(stated(&usage), (None, true), "{usage}");
            assert_eq!(parse_usage(&usage).unwrap().report.input_tokens, Some(3), "{usage}");
        }
    }

    #[test]
    fn last_statement_of_a_stream_counts() {
        let mut usage = parse_usage(r#"{"prompt_tokens": 3, "completion_tokens": 1, "cost": 0.1}"#).unwrap();
        for (later, pico) in [
            (r#"{"prompt_tokens": 3, "completion_tokens": 2, "cost": 0.2}"#, Some(200_000_000_000)),
            (r#"{"prompt_tokens": 3, "completion_tokens": 2}"#, Some(200_000_000_000)),
            (r#"{"cost": 0.3}"#, Some(300_000_000_000)),
            (r#"{"cost": -1}"#, None),
        ] {
            let later = parse_usage(later).unwrap();
            usage.merge(&later.report, &later.raw);
            let stated = usage.report.stated_cost.and_then(ReportedCost::known);
            assert_eq!(stated.map(PicoUsd::as_pico), pico, "{}", later.raw);
        }
    }
}
