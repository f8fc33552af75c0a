//! Random ledgers, and what the endpoints should answer to them: computed row by row, in memory.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// A generator that gives the same numbers for the same seed everywhere.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn count(&mut self, below: u64) -> i64 {
        self.below(below).cast_signed()
    }
}

/// One row of the ledger: a call, or a correction of one.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub id: Uuid,
    pub revision: i16,
    pub created_at: DateTime<Utc>,
    pub label: String,
    pub model: String,
    pub key: Option<Uuid>,
    pub endpoint: String,
    pub status: &'static str,
    pub corrected: Option<&'static str>,
    pub unpriced_change: i64,
    pub input: i64,
    pub output: i64,
    pub cached: i64,
    pub retried: i64,
    pub cost: Option<i64>,
    pub latency: Option<i64>,
    pub team: Option<&'static str>,
    /// Not of the ledger: what a correction of prices changed.
    pub is_entry: bool,
}

impl Row {
    /// Part of the output of a call as it was settled.
    fn reasoning(&self) -> i64 {
        if self.revision == 0 { self.output / 3 } else { 0 }
    }

    /// `None` where it is unknown.
    fn retried_cost(&self) -> Option<i64> {
        if self.retried == 0 { Some(0) } else { self.cost.map(|cost| cost / 2) }
    }
}

pub(crate) const LABELS: [&str; 4] = ["a", "B", "b c", "ü"];
pub(crate) const MODELS: [&str; 3] = ["gpt-4o", "GPT-5", "o3"];
pub(crate) const TEAMS: [Option<&str>; 3] = [None, Some("x"), Some("y")];

/// From which all times of a ledger are.
pub(crate) fn first_day() -> DateTime<Utc> {
    "2026-09-25T00:00:00Z".parse().unwrap()
}

/// After all of them.
pub(crate) fn last_day() -> DateTime<Utc> {
    first_day() + TimeDelta::days(60)
}

/// A time within 55 days: often at a border of buckets, often around a change of some zone's clocks.
pub(crate) fn random_time(rng: &mut Rng) -> DateTime<Utc> {
    let day = match rng.below(4) {
        0 => 30 + rng.below(2), // Europe, on 25 October
        1 => 37 + rng.below(2), // North America, on 1 November
        _ => rng.below(55),
    };
    let micros = rng.below(86_400_000_000);
    let border = *rng.pick(&[1, 1, 900_000_000, 3_600_000_000, 86_400_000_000]);
    first_day()
        + TimeDelta::days(day.cast_signed())
        + TimeDelta::microseconds((micros / border * border).cast_signed())
}

pub(crate) fn random_ledger(rng: &mut Rng, calls: usize, keys: &[Uuid]) -> Vec<Row> {
    let mut rows = Vec::new();
    for _ in 0..calls {
        let status = *rng.pick(&["settled", "settled", "settled", "estimated", "failed", "abandoned"]);
        let input = rng.count(1000);
        let magnitude = 1 << (1 + rng.below(27));
        let call = Row {
            id: Uuid::from_u64_pair(rng.below(u64::MAX), rng.below(u64::MAX)),
            revision: 0,
            created_at: random_time(rng),
            label: (*rng.pick(&LABELS)).to_owned(),
            model: (*rng.pick(&MODELS)).to_owned(),
            key: if rng.one_in(3) { None } else { Some(*rng.pick(keys)) },
            endpoint: (*rng.pick(&["responses", "embeddings"])).to_owned(),
            status,
            corrected: None,
            unpriced_change: 0,
            input,
            output: rng.count(500),
            cached: rng.count(input.cast_unsigned() + 1),
            retried: if rng.one_in(4) { rng.count(input.cast_unsigned() + 1) } else { 0 },
            cost: (!rng.one_in(4)).then(|| rng.count(1_000_000_000_000)),
            latency: (status != "abandoned" && !rng.one_in(8)).then(|| rng.count(magnitude)),
            team: *rng.pick(&TEAMS),
            is_entry: false,
        };
        rows.push(call.clone());
        let mut last = call;
        if last.status == "abandoned" && !rng.one_in(3) {
            let truth = *rng.pick(&["settled", "failed", "estimated"]);
            last = correct(rng, &last, truth);
            rows.push(last.clone());
        }
        if rng.one_in(5) {
            let status = last.status;
            last = correct(rng, &last, status);
            last.latency = None;
            rows.push(last);
        }
    }
    rows
}

/// A correction a while later, with differences.
fn correct(rng: &mut Rng, row: &Row, status: &'static str) -> Row {
    let cost = rng.count(2_000_000) - 1_000_000;
    Row {
        revision: row.revision + 1,
        created_at: row.created_at + TimeDelta::seconds(rng.count(200_000)),
        status,
        corrected: Some(row.status),
        unpriced_change: if row.revision == 0 && row.cost.is_none() { -1 } else { 0 },
        input: rng.count(100) - 50,
        output: rng.count(100) - 50,
        cached: 0,
        retried: 0,
        cost: Some(cost),
        latency: Some(rng.count(5_000_000)),
        ..row.clone()
    }
}

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
        let is_sound = input >= 0 && output >= 0 && (0..=input).contains(&cached);
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

pub(crate) fn insert(rows: &[Row]) -> String {
    let values: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id, "revision": row.revision, "at": row.created_at, "label": row.label, "model": row.model,
                "key": row.key, "endpoint": row.endpoint, "status": row.status, "corrected": row.corrected,
                "unpriced_change": row.unpriced_change, "input": row.input, "output": row.output,
                "cached": row.cached, "retried": row.retried, "cost": row.cost,
                "retried_cost": row.retried_cost(), "reasoning": row.reasoning(), "latency": row.latency,
                "tags": row.team.map(|team| json!({"team": team})),
            })
        })
        .collect();
    format!(
        "insert into usage_logs (id, revision, created_at, started_at, user_label, model, key_id, endpoint, status,
            corrected_status, unpriced_change, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens,
            audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens,
            cost_pico_usd, retried_cost_pico_usd, latency_us, first_byte_us, tags, stream, attempts)
        select id, revision, at, at, label, model, key, endpoint, status, corrected, unpriced_change, input,
            input - cached, cached, 0, 0, output, reasoning, 0, retried, cost, retried_cost, latency, latency / 2, nullif(tags, 'null'), false,
            case when revision = 0 then 1 else 0 end
        from jsonb_to_recordset('{}') as row (id uuid, revision smallint, at timestamptz, label text, model text,
            key uuid, endpoint text, status text, corrected text, unpriced_change smallint, input bigint, output bigint,
            cached bigint, retried bigint, reasoning bigint, cost bigint, retried_cost bigint, latency integer, tags jsonb)",
        Value::from(values)
    )
}

/// What a group's calls add up to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Sums {
    pub calls: i64,
    pub failed: i64,
    pub estimated: i64,
    pub unpriced: i64,
    pub input: i64,
    pub output: i64,
    pub cached: i64,
    pub reasoning: i64,
    pub retried: i64,
    pub retried_cost: i128,
    pub cost: Option<i128>,
    pub latencies: Vec<i64>,
    pub has_entries: bool,
    /// Points of a series are differences of sums, which cannot tell a cost of 0 from none where no call is priced.
    pub is_difference: bool,
}

impl Sums {
    pub(crate) fn add(&mut self, row: &Row) {
        let is = |status: Option<&str>, one_of: &[&str]| {
            i64::from(status.is_some_and(|status| one_of.contains(&status)))
        };
        let turn = |one_of: &[&str]| is(Some(row.status), one_of) - is(row.corrected, one_of);
        self.calls += i64::from(row.revision == 0);
        self.failed += turn(&["failed"]);
        self.estimated += turn(&["estimated", "abandoned"]);
        self.unpriced += i64::from(row.cost.is_none()) + row.unpriced_change;
        self.input += row.input;
        self.output += row.output;
        self.cached += row.cached;
        self.reasoning += row.reasoning();
        self.retried += row.retried;
        self.retried_cost += i128::from(row.retried_cost().unwrap_or_default());
        if let Some(cost) = row.cost {
            self.cost = Some(self.cost.unwrap_or_default() + i128::from(cost));
        }
        self.has_entries |= row.is_entry;
        self.latencies.extend(row.latency);
    }

    /// The group's numbers as an answer has them, percentiles apart.
    pub(crate) fn numbers(&self) -> Value {
        json!([
            self.calls,
            self.failed,
            self.estimated,
            self.unpriced,
            self.input,
            self.output,
            self.cached,
            self.cost
                .filter(|cost| !(self.has_entries || self.is_difference)
                    || *cost != 0
                    || self.calls > self.unpriced)
                .map(usd),
            self.reasoning,
            self.calls,
            self.retried,
            (self.retried == 0 || self.retried_cost != 0).then(|| usd(self.retried_cost)),
        ])
    }

    pub(crate) fn percentile(&self, q: f64) -> Option<i64> {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let index = ((q * sorted.len() as f64).ceil() as usize).max(1) - 1;
        sorted.get(index).copied()
    }
}

fn usd(pico: i128) -> String {
    domain::money::PicoUsdSum::from_pico(pico).to_string()
}

/// The same of an answer.
pub(crate) fn numbers_of(answer: &Value) -> Value {
    let fields = [
        "calls",
        "failed_calls",
        "estimated_calls",
        "unpriced_calls",
        "total_input_tokens",
        "total_output_tokens",
        "total_cached_tokens",
        "cost_usd",
        "total_reasoning_tokens",
    ];
    let details = ["attempts", "retried_input_tokens", "retried_cost_usd"];
    let details = details.iter().map(|field| answer["details"][*field].clone());
    fields.iter().map(|field| answer[*field].clone()).chain(details).collect()
}

/// Rows by group. By status, a call belongs to the one it has at last in the range: what a range adds is what stands at
/// its end less what stood at its beginning.
pub(crate) fn grouped(
    rows: &[Row],
    range: (DateTime<Utc>, DateTime<Utc>),
    group_of: impl Fn(&Row) -> Vec<Option<String>>,
) -> BTreeMap<Vec<Option<String>>, Sums> {
    let mut groups: BTreeMap<_, Sums> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.created_at >= range.0 && row.created_at < range.1) {
        groups.entry(group_of(row)).or_default().add(row);
    }
    groups
}

/// Calls as they stand at an instant, by id.
pub(crate) fn folded(rows: &[Row], until: DateTime<Utc>) -> BTreeMap<Uuid, (Row, Sums)> {
    let mut calls: BTreeMap<Uuid, (Row, Sums)> = BTreeMap::new();
    // Revisions of a call follow one another.
    for row in rows.iter().filter(|row| row.created_at < until) {
        let (call, sums) = calls.entry(row.id).or_insert_with(|| (row.clone(), Sums::default()));
        call.status = row.status;
        sums.add(row);
    }
    calls
}
