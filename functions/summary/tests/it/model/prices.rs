//! Corrections of prices.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Row;

/// A price of a model from an instant on, in pico-USD per token of input and of output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Correction {
    pub model: &'static str,
    pub from: DateTime<Utc>,
    pub input: i64,
    pub output: i64,
}

/// Rows with an entry behind each that the last of `prices` is for.
pub(crate) fn corrected(rows: &[Row], prices: &[Correction]) -> Vec<Row> {
    let price = prices.last().unwrap();
    let mut ordered: Vec<&Row> = rows.iter().filter(|row| !row.is_entry).collect();
    ordered.sort_by_key(|row| (row.created_at, row.id, row.revision));
    let mut entries: BTreeMap<(Uuid, i16), Row> = BTreeMap::new();
    for row in ordered {
        let so_far = |other: &&Row| other.id == row.id && other.revision % 100 <= row.revision;
        let known: Vec<&Row> = rows.iter().filter(so_far).chain(entries.values().filter(so_far)).collect();
        let sum = |of: fn(&Row) -> i64| known.iter().map(|row| of(row)).sum::<i64>();
        let (input, output, cached) = (sum(|row| row.input), sum(|row| row.output), sum(|row| row.cached));
        let is_unpriced = sum(|row| i64::from(row.cost.is_none()) + row.unpriced_change) > 0;
        let started = rows
            .iter()
            .find(|other| other.id == row.id && other.revision == row.revision)
            .unwrap()
            .created_at;
        let latency =
            known.iter().filter(|row| !row.is_entry && row.latency.is_some()).max_by_key(|row| row.revision);
        let at = latency.map_or(started, |row| started + TimeDelta::microseconds(row.latency.unwrap()));
        let in_effect = prices.iter().filter(|price| price.model == row.model && price.from <= at);
        let is_for = in_effect.max_by_key(|price| price.from).is_some_and(|found| found.from == price.from);
        let is_unknown =
            row.status == "failed" && is_unpriced && input == sum(|row| row.retried) && output == 0;
        let is_sound = (0..=input).contains(&cached) && (0..=output).contains(&sum(Row::reasoning));
        if row.status == "abandoned" || row.model != price.model || !is_for || is_unknown || !is_sound {
            continue;
        }
        let change = input * price.input + output * price.output - sum(|row| row.cost.unwrap_or_default());
        if change != 0 || is_unpriced {
            let entry = entry_of(row, change, -i64::from(is_unpriced));
            entries.insert((row.id, row.revision), entry);
        }
    }
    behind(rows, &entries)
}

/// The reverse of the entries that `after` has more than `before`.
pub(crate) fn reversed(before: &[Row], after: &[Row]) -> Vec<Row> {
    let sums = |rows: &[Row]| {
        let mut sums: BTreeMap<(Uuid, i16), (i64, i64)> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.is_entry) {
            let sum = sums.entry((row.id, row.revision - 100)).or_default();
            *sum = (sum.0 + row.cost.unwrap(), sum.1 + row.unpriced_change);
        }
        sums
    };
    let (old, new) = (sums(before), sums(after));
    let ledger = |at: &(Uuid, i16)| after.iter().find(|row| (row.id, row.revision) == *at).unwrap();
    let entry = |(at, sum): (&(Uuid, i16), &(i64, i64))| {
        let known = old.get(at).copied().unwrap_or_default();
        (*at, entry_of(ledger(at), known.0 - sum.0, known.1 - sum.1))
    };
    behind(after, &new.iter().map(entry).collect())
}

fn entry_of(row: &Row, change: i64, unpriced_change: i64) -> Row {
    Row {
        revision: row.revision + 100,
        corrected: Some(row.status),
        unpriced_change,
        input: 0,
        output: 0,
        cached: 0,
        retried: 0,
        cost: Some(change),
        latency: None,
        is_entry: true,
        ..row.clone()
    }
}

fn behind(rows: &[Row], entries: &BTreeMap<(Uuid, i16), Row>) -> Vec<Row> {
    let both = |row: &Row| [Some(row.clone()), entries.get(&(row.id, row.revision)).cloned()];
    rows.iter().flat_map(both).flatten().collect()
}
