//! Every endpoint against a computation in memory, on random ledgers, wherever the seal is.

use std::collections::{BTreeMap, HashMap};

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use domain::change::Actor;
use domain::ids::{KeyId, RequestId};
use domain::keys::Scope;
use domain::money::Rate;
use domain::prices::PriceFacts;
use ledger::prices::{effects, revisions};
use ledger::rollups;
use serde_json::Value;
use testkit::{Harness, get};
use uuid::Uuid;

use crate::model::{
    self, Correction, LABELS, MODELS, Rng, Row, Sums, folded, grouped, insert, numbers_of, random_ledger,
    random_time,
};
use crate::router;

const LEDGERS: u64 = 3;
const CALLS: usize = 250;
const QUESTIONS: usize = 6;
const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
];

struct World {
    harness: Harness,
    router: Router,
    key: String,
    rows: Vec<Row>,
    /// As priced now: the rows and what corrections of prices added.
    current: Vec<Row>,
    keys: Vec<Uuid>,
}

type Range = (DateTime<Utc>, DateTime<Utc>);

impl World {
    async fn new(seed: u64) -> Self {
        let harness = Harness::start().await;
        let mut rng = Rng::new(seed);
        let keys: Vec<Uuid> = (1..=2).map(|n| Uuid::from_u128(n + 7)).collect();
        let rows = random_ledger(&mut rng, CALLS, &keys);
        harness.db.execute(&insert(&rows)).await;
        let router = router(&harness).await;
        let key = harness.key().scopes(&[Scope::UsageRead]).create().await;
        Self { harness, router, key, current: rows.clone(), rows, keys }
    }

    /// Seals everything before an instant, in small pieces.
    async fn seal(&self, until: DateTime<Utc>) {
        let mark =
            format!("update usage_rollup_state set sealing_until = greatest(sealing_until, '{until}')");
        self.harness.db.execute(&mark).await;
        while !rollups::seal_chunk(&self.harness.db.open(), 60).await.unwrap() {}
    }

    async fn actor(&self) -> Actor {
        let keys = self.harness.db.rows("select id from api_keys").await;
        let id: Uuid = keys[0]["id"].as_str().unwrap().parse().unwrap();
        Actor {
            key_id: KeyId::from_uuid(id),
            user_label: None,
            models: None,
            ends_at: None,
            secret: None,
            request_id: RequestId::generate(),
        }
    }

    /// Corrects a price, here and in memory; and takes that back, so that the next is the second of two.
    async fn correct(
        &mut self,
        prices: &mut Vec<Correction>,
        price: Correction,
        is_undone: bool,
        actor: &Actor,
    ) {
        let database = self.harness.db.open();
        let facts = PriceFacts {
            model: price.model.to_owned(),
            service_tier: "default".to_owned(),
            above_input_tokens: 0,
            effective_from: price.from,
            input: Rate::from_pico_per_token(price.input).unwrap(),
            cached_input: None,
            cache_write: None,
            output: Rate::from_pico_per_token(price.output).unwrap(),
            audio_input: None,
            audio_output: None,
        };
        let shown = effects::preview(&database, &facts).await.unwrap();
        let made = revisions::apply(&database, &facts, &shown.preview, actor).await.unwrap();
        assert_eq!(made.change, shown.total().change(), "what was shown is what was done");
        prices.push(price);
        let before = std::mem::take(&mut self.current);
        self.current = model::corrected(&before, prices);
        if is_undone {
            revisions::undo(&database, made.id, actor).await.unwrap();
            prices.pop();
            self.current = model::reversed(&before, &self.current);
        }
    }

    async fn ask(&self, path: &str) -> Value {
        let reply = get(&self.router, path, &self.key).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.text());
        reply.json()
    }

    /// The local times of instants in a zone, as the database's calendar has them.
    async fn local(&self, zone: &str, instants: &[DateTime<Utc>]) -> HashMap<DateTime<Utc>, String> {
        let list: Vec<String> = instants.iter().map(|at| format!("'{at}'")).collect();
        let query = format!(
            "select at::text as utc, to_char(at at time zone '{zone}', 'YYYY-MM-DD HH24:MI') as local,
                extract(epoch from at at time zone '{zone}') - extract(epoch from at) as shift
            from unnest(array[{}]::timestamptz[]) as at",
            list.join(",")
        );
        let rows = if instants.is_empty() { Vec::new() } else { self.harness.db.rows(&query).await };
        let texts = rows.iter().map(|row| format!("{} {}", row["local"].as_str().unwrap(), row["shift"]));
        instants.iter().copied().zip(texts).collect()
    }
}

/// A question's filters, as a query string and as a predicate.
struct Asked {
    query: String,
    range: Range,
    label: Option<&'static str>,
    model: Option<&'static str>,
    key: Option<Uuid>,
    team: Option<&'static str>,
    is_current: bool,
}

impl Asked {
    fn random(rng: &mut Rng, keys: &[Uuid], may_be_open: bool) -> Self {
        let (one, two) = (random_time(rng), random_time(rng) + TimeDelta::days(1));
        let is_open = may_be_open && rng.one_in(3);
        let range =
            if is_open { (DateTime::UNIX_EPOCH, model::last_day()) } else { (one.min(two), one.max(two)) };
        let mut asked = Self {
            query: String::new(),
            range,
            label: rng.one_in(4).then(|| *rng.pick(&LABELS)),
            model: rng.one_in(4).then(|| *rng.pick(&MODELS)),
            key: rng.one_in(5).then(|| *rng.pick(keys)),
            team: rng.one_in(6).then_some("x"),
            is_current: rng.one_in(2),
        };
        let mut parts = Vec::new();
        if !is_open {
            let text = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
            parts.push(format!("from={}&to={}", text(range.0), text(range.1)));
        }
        parts.extend(
            asked
                .label
                .map(|label| format!("user_label={}", label.replace(' ', "%20").replace('ü', "%C3%BC"))),
        );
        parts.extend(asked.model.map(|model| format!("model={model}")));
        parts.extend(asked.key.map(|key| format!("key_id=key_{}", key.simple())));
        parts.extend(asked.team.map(|team| format!("tag.team={team}")));
        if asked.is_current {
            parts.push("cost=current".to_owned());
        }
        asked.query = parts.join("&");
        asked
    }

    fn passes(&self, row: &Row) -> bool {
        self.label.is_none_or(|label| row.label == label)
            && self.model.is_none_or(|model| row.model == model)
            && self.key.is_none_or(|key| row.key == Some(key))
            && self.team.is_none_or(|team| row.team == Some(team))
    }

    fn rows(&self, world: &World) -> Vec<Row> {
        let rows = if self.is_current { &world.current } else { &world.rows };
        rows.iter().filter(|row| self.passes(row)).cloned().collect()
    }
}

const GROUPINGS: [&[&str]; 8] = [
    &["model", "user_label"],
    &["model"],
    &["user_label"],
    &["key"],
    &["user_label", "key"],
    &["tag.team"],
    &["endpoint", "model"],
    &["status"],
];

fn value_of(row: &Row, field: &str) -> Option<String> {
    match field {
        "model" => Some(row.model.clone()),
        "user_label" => Some(row.label.clone()),
        "endpoint" => Some(row.endpoint.clone()),
        "status" => Some(row.status.to_owned()),
        "key" => row.key.map(|key| format!("key_{}", key.simple())),
        _ => row.team.map(str::to_owned),
    }
}

fn group_of(answer: &Value, fields: &[&str]) -> Vec<Option<String>> {
    fields.iter().map(|field| answer[*field].as_str().map(str::to_owned)).collect()
}

/// Percentiles are allowed 5 % and the rounding to a microsecond.
fn assert_near(answer: &Value, sums: &Sums, context: &str) {
    for (field, q) in [("latency_p50_ms", 0.5), ("latency_p95_ms", 0.95)] {
        let Some(exact) = sums.percentile(q) else {
            assert!(answer[field].is_null(), "{context}: {field} of nothing");
            continue;
        };
        #[expect(clippy::cast_precision_loss)]
        let exact = exact as f64 / 1000.0;
        let found = answer[field].as_f64().unwrap_or(f64::NAN);
        assert!((found - exact).abs() <= exact * 0.05 + 0.001, "{context}: {field} {found} for {exact}");
    }
}

async fn check_summary(world: &World, rng: &mut Rng, context: &str) {
    let asked = Asked::random(rng, &world.keys, true);
    let fields = *rng.pick(&GROUPINGS);
    let path = format!("/api/usage/summary?{}&details=true&group_by={}", asked.query, fields.join(","));
    let context = format!("{context} {path}");
    let answer = world.ask(path.trim_end_matches('?')).await;
    let rows = asked.rows(world);
    let found: BTreeMap<_, _> =
        answer.as_array().unwrap().iter().map(|row| (group_of(row, fields), row.clone())).collect();
    if fields == ["status"] {
        let mut expected: BTreeMap<&str, (i64, i64, i64)> = BTreeMap::new();
        for (sign, at) in [(-1, asked.range.0), (1, asked.range.1)] {
            for (call, sums) in folded(&rows, at).into_values() {
                let group = expected.entry(call.status).or_default();
                group.0 += sign * sums.calls;
                group.1 += sign * sums.input;
                group.2 += sign * sums.failed;
            }
        }
        expected.retain(|_, sums| *sums != (0, 0, 0));
        let found: BTreeMap<&str, (i64, i64, i64)> = found
            .iter()
            .map(|(group, row)| {
                let number = |field: &str| row[field].as_i64().unwrap();
                (
                    group[0].as_deref().unwrap(),
                    (number("calls"), number("total_input_tokens"), number("failed_calls")),
                )
            })
            .filter(|(_, sums)| *sums != (0, 0, 0))
            .collect();
        assert_eq!(found, expected, "{context}");
        return;
    }
    let expected =
        grouped(&rows, asked.range, |row| fields.iter().map(|field| value_of(row, field)).collect());
    assert_eq!(found.len(), expected.len(), "{context}");
    for (group, sums) in expected {
        let row = found.get(&group).unwrap_or_else(|| panic!("{context}: no {group:?}"));
        assert_eq!(numbers_of(row), sums.numbers(), "{context}: {group:?}");
        assert_near(row, &sums, &context);
    }
}

/// Identifies a bucket: its truncated local time, and the offset where hours may repeat.
fn bucket_key(local: &str, interval: &str, at: DateTime<Utc>) -> String {
    let date = || chrono::NaiveDate::parse_from_str(&local[..10], "%Y-%m-%d").unwrap();
    match interval {
        "15m" => (at.timestamp() / 900).to_string(),
        "hour" => format!("{} {}", &local[..13], &local[16..]),
        "day" => local[..10].to_owned(),
        "week" => date().week(chrono::Weekday::Mon).first_day().to_string(),
        _ => local[..7].to_owned(),
    }
}

async fn check_series(world: &World, rng: &mut Rng, context: &str) {
    let mut asked = Asked::random(rng, &world.keys, false);
    // Hours of Lord Howe are 30 or 90 minutes long when its clocks change; the two rules part there.
    let zone = *rng.pick(&ZONES);
    let interval = *rng.pick(&["15m", "hour", "day", "day", "week", "month"]);
    if interval == "15m" || interval == "hour" {
        asked.range.1 = asked.range.1.min(asked.range.0 + TimeDelta::days(4));
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let (_, rest) = asked.query.split_once("&to=").unwrap();
        let filters = rest.split_once('&').map_or(String::new(), |(_, filters)| format!("&{filters}"));
        asked.query = format!("from={}&to={}{filters}", text(asked.range.0), text(asked.range.1));
    }
    let fields = *rng.pick(&GROUPINGS[..7]);
    let top = rng.one_in(2).then(|| rng.below(4));
    let top_query = top.map(|top| format!("&top={top}")).unwrap_or_default();
    let path = format!(
        "/api/usage/timeseries?{}&details=true&group_by={}&interval={interval}&tz={zone}{top_query}",
        asked.query,
        fields.join(",")
    );
    let context = format!("{context} {path}");
    let answer = world.ask(&path).await;
    let rows: Vec<Row> = asked
        .rows(world)
        .into_iter()
        .filter(|row| row.created_at >= asked.range.0 && row.created_at < asked.range.1)
        .collect();
    let series = answer["series"].as_array().unwrap();
    let starts: Vec<DateTime<Utc>> = series.first().map_or(Vec::new(), |series| {
        let starts = series["points"].as_array().unwrap().iter();
        starts.map(|point| point["start"].as_str().unwrap().parse().unwrap()).collect()
    });
    let mut instants = starts.clone();
    instants.extend(rows.iter().map(|row| row.created_at));
    let local = world.local(zone, &instants).await;
    let key_of = |at: DateTime<Utc>| bucket_key(&local[&at], interval, at);
    let named: Vec<Vec<Option<String>>> = series
        .iter()
        .filter(|series| series["is_other"] == false)
        .map(|series| group_of(&series["group"], fields))
        .collect();
    // Group, or none for the others → bucket → sums.
    let mut expected: BTreeMap<Option<Vec<Option<String>>>, BTreeMap<String, Sums>> = BTreeMap::new();
    let mut by_cost: BTreeMap<Vec<Option<String>>, i128> = BTreeMap::new();
    for row in &rows {
        let group: Vec<_> = fields.iter().map(|field| value_of(row, field)).collect();
        *by_cost.entry(group.clone()).or_default() += i128::from(row.cost.unwrap_or_default());
        let group = named.contains(&group).then_some(group);
        expected.entry(group).or_default().entry(key_of(row.created_at)).or_default().add(row);
    }
    assert_eq!(named.len() as u64, top.unwrap_or(u64::MAX).min(by_cost.len() as u64), "{context}");
    let mut costs: Vec<i128> = by_cost.values().copied().collect();
    costs.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(
        named.iter().map(|group| by_cost[group]).collect::<Vec<_>>(),
        costs[..named.len()],
        "{context}"
    );
    assert_eq!(series.len(), expected.len(), "{context}: series");
    for series in series {
        let group = (series["is_other"] == false).then(|| group_of(&series["group"], fields));
        let mut buckets = expected.remove(&group).unwrap_or_else(|| panic!("{context}: {group:?}"));
        for (start, point) in starts.iter().zip(series["points"].as_array().unwrap()) {
            let mut sums = buckets.remove(&key_of(*start)).unwrap_or_default();
            sums.is_difference = true;
            assert_eq!(numbers_of(point), sums.numbers(), "{context}: {group:?} at {start}");
            assert_near(point, &sums, &context);
        }
        assert!(buckets.is_empty(), "{context}: {group:?} lacks {buckets:?}");
    }
}

async fn check_calls(world: &World, rng: &mut Rng, context: &str) {
    let asked = Asked::random(rng, &world.keys, true);
    let status = rng.one_in(2).then(|| *rng.pick(&["settled", "abandoned", "failed"]));
    let query =
        format!("{}{}", asked.query, status.map(|status| format!("&status={status}")).unwrap_or_default());
    let context = format!("{context} {query}");
    let starts: HashMap<Uuid, DateTime<Utc>> =
        world.rows.iter().filter(|row| row.revision == 0).map(|row| (row.id, row.created_at)).collect();
    let mut expected: Vec<(DateTime<Utc>, Uuid, String)> =
        folded(&asked.rows(world), DateTime::<Utc>::MAX_UTC)
            .into_iter()
            .map(|(id, (call, sums))| (starts[&id], id, call, sums))
            .filter(|(at, _, call, _)| {
                *at >= asked.range.0
                    && *at < asked.range.1
                    && status.is_none_or(|status| call.status == status)
            })
            .map(|(at, id, call, sums)| {
                let cost = (sums.unpriced == 0).then_some(sums.cost).flatten();
                let cost = cost.map(|cost| domain::money::PicoUsdSum::from_pico(cost).to_string());
                let text =
                    format!("call_{} {} {} {} {cost:?}", id.simple(), call.status, sums.input, sums.output);
                (at, id, text)
            })
            .collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    let expected: Vec<String> = expected.into_iter().map(|(.., text)| text).collect();
    let text = |call: &Value| {
        let text_of = |field: &str| call[field].as_str().map(str::to_owned);
        let (id, status) = (text_of("id").unwrap(), text_of("status").unwrap());
        format!("{id} {status} {} {} {:?}", call["input_tokens"], call["output_tokens"], text_of("cost_usd"))
    };
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world.ask(&format!("/api/usage/calls?limit=37&{query}{cursor}")).await;
        found.extend(page["data"].as_array().unwrap().iter().map(text));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, expected, "{context}");
    let export = get(&world.router, &format!("/api/usage/export?format=ndjson&{query}"), &world.key).await;
    let lines: Vec<Value> = export.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut exported: Vec<String> = lines.iter().map(text).collect();
    exported.reverse();
    assert_eq!(exported, expected, "export {context}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_that_of_the_rows_wherever_the_seal_is() {
    for seed in 1..=LEDGERS {
        let mut world = World::new(seed).await;
        let mut rng = Rng::new(seed + 1000);
        let mut sealed = model::first_day();
        let mut prices = Vec::new();
        let actor = world.actor().await;
        for seal in 0..4 {
            for question in 0..QUESTIONS {
                let context =
                    format!("ledger {seed}, sealed {seal} times until {sealed}, question {question}:");
                check_summary(&world, &mut rng, &context).await;
                check_series(&world, &mut rng, &context).await;
                check_calls(&world, &mut rng, &context).await;
            }
            sealed = if seal == 2 { model::last_day() } else { sealed.max(random_time(&mut rng)) };
            world.seal(sealed).await;
            let model: &&str = rng.pick(&MODELS);
            let price = Correction {
                model,
                from: random_time(&mut rng),
                input: 1 + rng.below(1_000_000).cast_signed(),
                output: 1 + rng.below(1_000_000).cast_signed(),
            };
            world.correct(&mut prices, price, seal == 1, &actor).await;
        }
        assert_eq!(
            rollups::check_all(&world.harness.db.open()).await.unwrap().differences,
            0,
            "ledger {seed}"
        );
    }
}
