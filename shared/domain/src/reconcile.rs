//! The ledger against the provider's own figures: rows of both sides, what differs, and why it may.

mod cause;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};

use crate::money::PicoUsdSum;
pub use cause::{Cause, Facts, causes};

/// What the ledger says of a day, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ledger {
    /// All of them; the provider does not count those that failed.
    pub calls: i64,
    pub failed_calls: i64,
    /// Estimated and abandoned ones.
    pub estimated_calls: i64,
    pub unpriced_calls: i64,
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub output_tokens: i64,
    /// Of the priced calls; `None` where there are calls and none of them is priced.
    pub cost: Option<PicoUsdSum>,
}

impl Ledger {
    pub const NOTHING: Self = Self {
        calls: 0,
        failed_calls: 0,
        estimated_calls: 0,
        unpriced_calls: 0,
        input_tokens: 0,
        cached_tokens: 0,
        output_tokens: 0,
        cost: Some(PicoUsdSum::ZERO),
    };

    /// As the provider would count them.
    pub fn counts(&self) -> Counts {
        Counts {
            calls: self.calls - self.failed_calls,
            input_tokens: self.input_tokens,
            cached_tokens: self.cached_tokens,
            output_tokens: self.output_tokens,
        }
    }

    fn plus(&self, other: &Self, sign: i64) -> Self {
        Self {
            calls: self.calls + sign * other.calls,
            failed_calls: self.failed_calls + sign * other.failed_calls,
            estimated_calls: self.estimated_calls + sign * other.estimated_calls,
            unpriced_calls: self.unpriced_calls + sign * other.unpriced_calls,
            input_tokens: self.input_tokens + sign * other.input_tokens,
            cached_tokens: self.cached_tokens + sign * other.cached_tokens,
            output_tokens: self.output_tokens + sign * other.output_tokens,
            cost: add_known(self.cost, other.cost.map(|cost| signed(cost, sign))),
        }
    }
}

/// What the provider says of a day, or of a part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub calls: i64,
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub output_tokens: i64,
    /// `None` where it was not told: the provider does not bill by key, and may be late.
    pub cost: Option<PicoUsdSum>,
}

impl Figures {
    pub const fn counts(&self) -> Counts {
        Counts {
            calls: self.calls,
            input_tokens: self.input_tokens,
            cached_tokens: self.cached_tokens,
            output_tokens: self.output_tokens,
        }
    }
}

/// What both sides count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counts {
    pub calls: i64,
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub output_tokens: i64,
}

impl Counts {
    pub const ZERO: Self = Self { calls: 0, input_tokens: 0, cached_tokens: 0, output_tokens: 0 };

    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self {
            calls: self.calls - other.calls,
            input_tokens: self.input_tokens - other.input_tokens,
            cached_tokens: self.cached_tokens - other.cached_tokens,
            output_tokens: self.output_tokens - other.output_tokens,
        }
    }

    const fn plus(self, other: Self) -> Self {
        Self::ZERO.minus(Self::ZERO.minus(self).minus(other))
    }
}

/// When the provider was asked for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    pub fetched_at: DateTime<Utc>,
    pub is_final: bool,
    pub has_costs: bool,
}

#[derive(Debug, Clone)]
pub struct LedgerLine {
    pub day: NaiveDate,
    /// That served; `None` where models are not told apart.
    pub model: Option<String>,
    pub service_tier: Option<String>,
    pub ledger: Ledger,
}

#[derive(Debug, Clone)]
pub struct FiguresLine {
    pub day: NaiveDate,
    pub model: Option<String>,
    pub api_key_id: Option<String>,
    pub service_tier: Option<String>,
    pub figures: Figures,
}

/// Both sides of some days, as they were read.
#[derive(Debug, Clone, Default)]
pub struct Books {
    pub ledger: Vec<LedgerLine>,
    /// Calls that began on the day before the one the ledger has them on.
    pub moved: Vec<LedgerLine>,
    pub usage: Vec<FiguresLine>,
    pub costs: Vec<(NaiveDate, Option<String>, PicoUsdSum)>,
    /// Days the provider was asked for.
    pub days: BTreeMap<NaiveDate, Told>,
}

/// A day, or a model or key on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub day: NaiveDate,
    pub model: Option<String>,
    pub api_key_id: Option<String>,
    pub told: Option<Told>,
    /// `None` where nobody can tell which of the provider's keys it is of.
    pub ledger: Option<Ledger>,
    /// `None` where the provider was not asked, or counts by keys and the ledger does not.
    pub figures: Option<Figures>,
    pub causes: Vec<Cause>,
}

impl Row {
    /// The provider's counts and cost, less the ledger's.
    pub fn difference(&self) -> Option<(Counts, Option<PicoUsdSum>)> {
        let (ledger, figures) = (self.ledger?, self.figures?);
        let cost = figures.cost.zip(ledger.cost).and_then(|(theirs, ours)| theirs.checked_sub(ours));
        Some((figures.counts().minus(ledger.counts()), cost))
    }
}

type Tiers = BTreeMap<String, Counts>;

struct Side<T> {
    sum: Option<T>,
    tiers: Tiers,
}

impl<T> Default for Side<T> {
    fn default() -> Self {
        Self { sum: None, tiers: Tiers::new() }
    }
}

/// Rows per day, the earliest first; of a day by model and key. Days with nothing on either side have a row, too, where
/// nothing else is told apart.
pub fn compare(books: &Books, days: Range<NaiveDate>, by_model: bool, by_key: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    for day in days.start.iter_days().take_while(|day| *day < days.end) {
        rows.extend(compare_day(books, day, by_model, by_key));
    }
    rows
}

fn compare_day(books: &Books, day: NaiveDate, by_model: bool, by_key: bool) -> Vec<Row> {
    let told = books.days.get(&day).copied();
    let usage: Vec<&FiguresLine> = books.usage.iter().filter(|line| line.day == day).collect();
    let models: Vec<&str> = usage.iter().filter_map(|line| line.model.as_deref()).collect();
    let served = |line: &LedgerLine| line.model.as_deref().map(|model| served_as(model, &models).to_owned());
    let key = sole_key(&usage).filter(|_| by_key);
    let is_key_unknown = by_key && key.is_none() && told.is_some();

    let mut ours: BTreeMap<(Option<String>, Option<String>), Side<Ledger>> = BTreeMap::new();
    for line in books.ledger.iter().filter(|line| line.day == day) {
        let side = ours.entry((served(line), key.clone())).or_default();
        side.sum = Some(side.sum.map_or(line.ledger, |sum| sum.plus(&line.ledger, 1)));
        add_tier(&mut side.tiers, line.service_tier.as_deref(), line.ledger.counts());
    }
    let mut theirs: BTreeMap<(Option<String>, Option<String>), Side<Figures>> = BTreeMap::new();
    for line in usage {
        let side = theirs.entry((line.model.clone(), line.api_key_id.clone())).or_default();
        let sum = side.sum.get_or_insert_default();
        let counts = sum.counts().plus(line.figures.counts());
        *sum = figures(counts, None);
        add_tier(&mut side.tiers, line.service_tier.as_deref(), line.figures.counts());
    }
    if told.is_some_and(|told| told.has_costs) {
        for (_, model, cost) in books.costs.iter().filter(|(of, ..)| *of == day) {
            let sum = theirs.entry((model.clone(), None)).or_default().sum.get_or_insert_default();
            sum.cost = add_known(sum.cost, Some(*cost));
        }
    }
    if !by_model && !by_key {
        ours.entry((None, None)).or_default();
    }
    let moved = |of_day: Option<NaiveDate>, model: &Option<String>| {
        let lines = books.moved.iter().filter(move |line| Some(line.day) == of_day);
        let lines = lines.filter(|line| !by_model || served(line) == *model);
        lines.fold(Ledger::NOTHING, |sum, line| sum.plus(&line.ledger, 1))
    };

    let groups: BTreeSet<_> = ours.keys().chain(theirs.keys()).cloned().collect();
    let row = |group: (Option<String>, Option<String>)| {
        let (our, their) = (ours.get(&group), theirs.get(&group));
        let (model, api_key_id) = group;
        let mut ledger = Some(our.and_then(|side| side.sum).unwrap_or(Ledger::NOTHING));
        let mut figures = told.map(|told| {
            let mut figures = their.and_then(|side| side.sum).unwrap_or_default();
            figures.cost = told.has_costs.then_some(figures.cost.unwrap_or(PicoUsdSum::ZERO));
            figures
        });
        if is_key_unknown {
            // Without a key of the provider's it is the ledger's row, and with one the provider's.
            if our.is_none() {
                ledger = None;
            } else if their.is_none() {
                figures = None;
            }
        }
        let causes = match (ledger, figures, told) {
            (_, _, None) => vec![Cause::NotFetched],
            (Some(ledger), Some(figures), Some(told)) => {
                let moved = moved(day.succ_opt(), &model).plus(&moved(Some(day), &model), -1);
                let is_tiered = by_model && moved.counts() == Counts::ZERO;
                let tiers = |tiers: Option<&Tiers>| tiers.cloned().unwrap_or_default();
                causes(&Facts {
                    ledger,
                    figures,
                    moved,
                    is_final: told.is_final,
                    tiers_differ: is_tiered
                        && tiers(our.map(|side| &side.tiers)) != tiers(their.map(|side| &side.tiers)),
                })
            }
            _ => vec![Cause::KeyUnknown],
        };
        Row { day, model, api_key_id, told, ledger, figures, causes }
    };
    groups.into_iter().map(row).collect()
}

/// The one key that the provider counts on a day.
fn sole_key(usage: &[&FiguresLine]) -> Option<String> {
    let first = usage.first()?.api_key_id.clone()?;
    usage.iter().all(|line| line.api_key_id.as_ref() == Some(&first)).then_some(first)
}

/// A call that was never answered has the name that was asked for: the dated version the provider counts under, if there
/// is exactly one.
fn served_as<'a>(model: &'a str, counted: &[&'a str]) -> &'a str {
    if counted.contains(&model) {
        return model;
    }
    let is_version = |name: &&&str| {
        let date = name.strip_prefix(model).and_then(|rest| rest.strip_prefix('-'));
        date.is_some_and(|date| date.len() == 10 && NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok())
    };
    let mut versions: Vec<&str> = counted.iter().filter(is_version).copied().collect();
    versions.sort_unstable();
    versions.dedup();
    match versions[..] {
        [only] => only,
        _ => model,
    }
}

/// What nobody named is the default tier.
fn add_tier(tiers: &mut Tiers, name: Option<&str>, counts: Counts) {
    let sum = tiers.entry(name.unwrap_or("default").to_owned()).or_default();
    *sum = sum.plus(counts);
    tiers.retain(|_, counts| *counts != Counts::ZERO);
}

const fn figures(counts: Counts, cost: Option<PicoUsdSum>) -> Figures {
    let Counts { calls, input_tokens, cached_tokens, output_tokens } = counts;
    Figures { calls, input_tokens, cached_tokens, output_tokens, cost }
}

/// The known part of a sum.
fn add_known(one: Option<PicoUsdSum>, other: Option<PicoUsdSum>) -> Option<PicoUsdSum> {
    match (one, other) {
        (Some(one), Some(other)) => one.as_pico().checked_add(other.as_pico()).map(PicoUsdSum::from_pico),
        (one, other) => one.or(other),
    }
}

fn signed(cost: PicoUsdSum, sign: i64) -> PicoUsdSum {
    PicoUsdSum::from_pico(cost.as_pico().saturating_mul(i128::from(sign)))
}
