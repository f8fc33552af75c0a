//! Rows per day: the sums of both sides, grouped as requested, with the likely causes of their differences.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::NaiveDate;

use super::cause::{DifferenceCause, DifferenceFacts, likely_causes};
use super::input::{FetchedDay, LedgerLine, ProviderLine, ReconcileGroups, ReconcileInput};
use super::sums::{LedgerSums, ProviderSums, UsageCounts};
use crate::money::PicoUsdSum;

/// A day, or a model or key on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconcileRow {
    pub day: NaiveDate,
    pub model: Option<String>,
    pub api_key_id: Option<String>,
    pub fetched: Option<FetchedDay>,
    /// `None` if it is unknown which of the provider's keys the ledger's calls were made with.
    pub ledger: Option<LedgerSums>,
    /// `None` if the day was not fetched, or the provider counts by key and the ledger cannot.
    pub provider: Option<ProviderSums>,
    pub causes: Vec<DifferenceCause>,
}

impl ReconcileRow {
    /// The provider's counts and cost minus the ledger's.
    pub fn difference(&self) -> Option<(UsageCounts, Option<PicoUsdSum>)> {
        let (ledger, provider) = (self.ledger?, self.provider?);
        let cost = provider.cost.zip(ledger.cost).and_then(|(theirs, ours)| theirs.checked_sub(ours));
        Some((provider.counts().minus(ledger.counts()), cost))
    }
}

/// Rows by day, the earliest first, then by model and key. Without grouping, days without any calls have a row, too.
pub fn compare(input: &ReconcileInput, days: Range<NaiveDate>, groups: ReconcileGroups) -> Vec<ReconcileRow> {
    let days = days.start.iter_days().take_while(|day| *day < days.end);
    days.flat_map(|day| DayComparison::collect(input, day, groups).into_rows()).collect()
}

/// A model and one of the provider's keys, as far as rows are grouped by them.
type Group = (Option<String>, Option<String>);
type Tiers = BTreeMap<String, UsageCounts>;

struct Side<T> {
    sum: Option<T>,
    tiers: Tiers,
}

impl<T> Default for Side<T> {
    fn default() -> Self {
        Self { sum: None, tiers: Tiers::new() }
    }
}

/// Both sides of one day.
struct DayComparison<'a> {
    input: &'a ReconcileInput,
    day: NaiveDate,
    groups: ReconcileGroups,
    fetched: Option<FetchedDay>,
    /// The models that the provider counts on the day.
    models: Vec<&'a str>,
    is_key_unknown: bool,
    ledger: BTreeMap<Group, Side<LedgerSums>>,
    provider: BTreeMap<Group, Side<ProviderSums>>,
}

impl<'a> DayComparison<'a> {
    fn collect(input: &'a ReconcileInput, day: NaiveDate, groups: ReconcileGroups) -> Self {
        let fetched = input.days.get(&day).copied();
        let usage: Vec<&ProviderLine> = input.usage.iter().filter(|line| line.day == day).collect();
        let key = sole_key(&usage).filter(|_| groups.by_key);
        let mut collected = Self {
            input,
            day,
            groups,
            fetched,
            models: usage.iter().filter_map(|line| line.model.as_deref()).collect(),
            is_key_unknown: groups.by_key && key.is_none() && fetched.is_some(),
            ledger: BTreeMap::new(),
            provider: BTreeMap::new(),
        };
        collected.add_ledger(key.as_deref());
        collected.add_usage(&usage);
        if fetched.is_some_and(|fetched| fetched.has_costs) {
            collected.add_costs();
        }
        collected
    }

    fn add_ledger(&mut self, key: Option<&str>) {
        for line in self.input.ledger.iter().filter(|line| line.day == self.day) {
            let group = (self.served_model(line), key.map(str::to_owned));
            let side = self.ledger.entry(group).or_default();
            side.sum = Some(side.sum.map_or(line.sums, |sum| sum.plus(&line.sums)));
            add_tier(&mut side.tiers, line.service_tier.as_deref(), line.sums.counts());
        }
        if self.groups == ReconcileGroups::default() {
            self.ledger.entry((None, None)).or_default();
        }
    }

    fn add_usage(&mut self, usage: &[&ProviderLine]) {
        for line in usage {
            let group = (line.model.clone(), line.api_key_id.clone());
            let side = self.provider.entry(group).or_default();
            side.sum.get_or_insert_default().add_counts(line.sums.counts());
            add_tier(&mut side.tiers, line.service_tier.as_deref(), line.sums.counts());
        }
    }

    fn add_costs(&mut self) {
        for (_, model, cost) in self.input.costs.iter().filter(|(day, ..)| *day == self.day) {
            let side = self.provider.entry((model.clone(), None)).or_default();
            side.sum.get_or_insert_default().add_cost(*cost);
        }
    }

    fn into_rows(self) -> Vec<ReconcileRow> {
        let groups: BTreeSet<&Group> = self.ledger.keys().chain(self.provider.keys()).collect();
        groups.into_iter().map(|group| self.row(group)).collect()
    }

    fn row(&self, group: &Group) -> ReconcileRow {
        let (ledger_side, provider_side) = (self.ledger.get(group), self.provider.get(group));
        let sums = ledger_side.and_then(|side| side.sum).unwrap_or(LedgerSums::ZERO);
        let mut ledger = Some(sums.with_known_cost());
        let mut provider = self.fetched.map(|fetched| {
            let sums = provider_side.and_then(|side| side.sum).unwrap_or_default();
            let cost = fetched.has_costs.then_some(sums.cost.unwrap_or(PicoUsdSum::ZERO));
            ProviderSums { cost, ..sums }
        });
        if self.is_key_unknown {
            // A row without a key is the ledger's, a row with a key is the provider's.
            if ledger_side.is_none() {
                ledger = None;
            } else if provider_side.is_none() {
                provider = None;
            }
        }
        let causes = match (ledger, provider, self.fetched) {
            (_, _, None) => vec![DifferenceCause::NotFetched],
            (Some(ledger), Some(provider), Some(fetched)) => {
                let moved = self.moved(group.0.as_ref());
                let reported = self.input.reported;
                let is_tiered =
                    reported.service_tiers && self.groups.by_model && moved.counts() == UsageCounts::ZERO;
                let tiers_differ = is_tiered && tiers_of(ledger_side) != tiers_of(provider_side);
                let is_final = fetched.is_final;
                likely_causes(&DifferenceFacts {
                    ledger,
                    provider,
                    moved,
                    is_final,
                    tiers_differ,
                    counts_calls: reported.calls,
                })
            }
            _ => vec![DifferenceCause::KeyUnknown],
        };
        let (model, api_key_id) = group.clone();
        ReconcileRow { day: self.day, model, api_key_id, fetched: self.fetched, ledger, provider, causes }
    }

    /// What the ledger would have more of if it dated calls by their request, as the provider does.
    fn moved(&self, model: Option<&String>) -> LedgerSums {
        let moved_from = |day: Option<NaiveDate>| {
            let lines = self.input.moved.iter().filter(|line| Some(line.day) == day);
            let lines =
                lines.filter(|line| !self.groups.by_model || self.served_model(line).as_ref() == model);
            lines.fold(LedgerSums::ZERO, |sum, line| sum.plus(&line.sums))
        };
        moved_from(self.day.succ_opt()).minus(&moved_from(Some(self.day)))
    }

    /// The name under which the provider counts a line's model. A call that never got a response has the requested
    /// name: the provider may count it under a dated version, which is used if there is exactly one.
    fn served_model(&self, line: &LedgerLine) -> Option<String> {
        let model = line.model.as_deref()?;
        if self.models.contains(&model) {
            return Some(model.to_owned());
        }
        let is_version = |name: &&&str| {
            let date = name.strip_prefix(model).and_then(|rest| rest.strip_prefix('-'));
            date.is_some_and(|date| date.len() == 10 && NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok())
        };
        let versions: BTreeSet<&str> = self.models.iter().filter(is_version).copied().collect();
        match versions.iter().collect::<Vec<_>>()[..] {
            [only] => Some((*only).to_owned()),
            _ => Some(model.to_owned()),
        }
    }
}

/// The key of all of the provider's lines, if there is only one.
fn sole_key(usage: &[&ProviderLine]) -> Option<String> {
    let first = usage.first()?.api_key_id.clone()?;
    usage.iter().all(|line| line.api_key_id.as_ref() == Some(&first)).then_some(first)
}

/// No name means the default tier.
fn add_tier(tiers: &mut Tiers, name: Option<&str>, counts: UsageCounts) {
    let sum = tiers.entry(name.unwrap_or("default").to_owned()).or_default();
    *sum = sum.plus(counts);
    tiers.retain(|_, counts| *counts != UsageCounts::ZERO);
}

fn tiers_of<T>(side: Option<&Side<T>>) -> Tiers {
    side.map(|side| side.tiers.clone()).unwrap_or_default()
}
