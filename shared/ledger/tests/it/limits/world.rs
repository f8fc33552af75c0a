//! A database beside its model, and calls that come, end and get lost.

use std::collections::{BTreeMap, BTreeSet};

use domain::calls::{Admitted, Verdict};
use domain::change::Actor;
use domain::ids::{CallId, LimitId};
use domain::money::PicoUsd;
use ledger::{Database, calls, prices};
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use testkit::TestDb;
use tokio_postgres::Client;

use super::calls::{actor, admission};
use super::model::{INPUT, RATE, Share, Source, Window, reserved};

#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub id: CallId,
    pub source: Source,
    pub admitted: Admitted,
    /// Those the function knows of: of limits made later it does not.
    pub known: BTreeSet<i64>,
}

/// Subject, its id, metric, window, amount and mode.
const INITIAL: [(&str, &str, &str, &str, i64, &str); 9] = [
    ("global", "", "tokens", "total", 30_000, "hard"),
    ("label", "one", "usd", "month", 25_000 * RATE, "hard"),
    ("label", "one", "requests", "day", 120, "hard"),
    ("global", "", "concurrency", "total", 6, "hard"),
    ("label", "one", "tokens", "month", 2_000, "soft"),
    ("label", "*", "usd", "month", 12_000 * RATE, "hard"),
    ("label", "*", "tokens", "week", 15_000, "hard"),
    ("tag", "team=*", "requests", "week", 60, "hard"),
    ("tag", "team=a", "tokens", "day", 12_000, "hard"),
];

pub(crate) struct World {
    pub(super) _db: TestDb,
    pub(super) client: Client,
    pub(super) database: Database,
    pub(super) actor: Actor,
    pub(super) price_version: i64,
    pub(super) random: TestRunner,
    pub(super) open: Vec<Open>,
    /// Swept, but their function lives and will settle.
    pub(super) late: Vec<Open>,
    pub(super) windows: BTreeMap<i64, Window>,
    pub(super) ended: u32,
    pub(super) refused: u32,
    pub(super) made_under_calls: u32,
    /// Windows of limits for each that came back under calls in flight.
    pub(super) restored: u32,
    pub(super) rolled_over: u32,
}

impl World {
    pub(super) async fn new(seed: u8) -> Self {
        let db = TestDb::create().await;
        let database = db.open();
        let price_version = prices::load(&database).await.unwrap().version();
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let random = TestRunner::new_with_rng(Config::default(), rng);
        let actor = actor(&db).await;
        let client = db.client().await;
        let world = Self {
            _db: db,
            client,
            database,
            actor,
            price_version,
            random,
            open: Vec::new(),
            late: Vec::new(),
            windows: BTreeMap::new(),
            ended: 0,
            refused: 0,
            made_under_calls: 0,
            restored: 0,
            rolled_over: 0,
        };
        for (subject, id, metric, period, amount, mode) in INITIAL {
            let limit_id = LimitId::generate().as_uuid();
            world
                .sql(&format!(
                    "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
                    values ('{limit_id}', '{subject}', '{id}', '{metric}', '{period}', {amount}, '{mode}')"
                ))
                .await;
        }
        world
    }

    pub(super) async fn sql(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap();
    }

    /// As the testkit's, over one connection: there are thousands.
    pub(super) async fn rows(&self, sql: &str) -> Vec<Value> {
        let wrapped = format!("select to_json(found)::text from ({sql}) as found");
        let rows = self.client.query_typed(&wrapped, &[]).await.unwrap();
        rows.iter().map(|row| serde_json::from_str(row.get(0)).unwrap()).collect()
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        any::<u64>().new_tree(&mut self.random).unwrap().current() % end
    }

    pub(super) fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()].clone()
    }

    pub(super) fn take(&mut self, from: fn(&mut Self) -> &mut Vec<Open>) -> Option<Open> {
        let count = from(self).len() as u64;
        let index = (count > 0).then(|| self.below(count))?;
        Some(from(self).swap_remove(usize::try_from(index).unwrap()))
    }

    fn source(&mut self) -> Source {
        let teams = [None, Some(json!({"team": "a"})), Some(json!({"team": "b", "env": "x"}))];
        Source { label: self.one_of(&["one", "one", "two", "three"]), tags: self.one_of(&teams) }
    }

    pub(super) async fn admit(&mut self) {
        let source = self.source();
        self.admit_for(source).await;
    }

    pub(super) async fn admit_for(&mut self, source: Source) {
        let output_tokens = (self.below(3) > 0).then(|| 50 + i64::try_from(self.below(400)).unwrap());
        let id = CallId::generate();
        let mut request = admission(id, self.price_version, output_tokens);
        (request.label, request.tags) = (Some(source.label), source.tags.as_ref());
        match calls::admit(&self.database, &request).await.unwrap() {
            Verdict::Admitted(admitted) => self.admitted(id, source, admitted).await,
            Verdict::Limited(refusal) => {
                let room = refusal.limit.cap - refusal.limit.used - refusal.limit.reserved;
                assert!(refusal.need > room, "refused without need: {refusal:?}");
                self.refused += 1;
            }
            verdict => panic!("{verdict:?}"),
        }
    }

    async fn admitted(&mut self, id: CallId, source: Source, admitted: Admitted) {
        let bound = admitted.output_bound_tokens.map(|output| INPUT + output);
        assert_eq!(admitted.reserved, bound.map(|tokens| PicoUsd::from_pico(tokens * RATE)));
        let held = self
            .rows(&format!(
                "select w.id, w.limit_id, w.subject_id, w.metric, o.opened_at >= w.starts_at
                    and (w.ends_at is null or o.opened_at < w.ends_at) as is_current
                from open_calls o
                cross join unnest(o.window_ids) as held (id)
                join limit_windows w on w.id = held.id
                where o.id = '{}'
                order by w.limit_id",
                id.as_uuid()
            ))
            .await;
        let limits = self.rows("select * from limits order by id").await;
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let windows: Vec<(String, String)> =
            held.iter().map(|row| (text(row, "limit_id"), text(row, "subject_id"))).collect();
        assert_eq!(windows, source.applying(&limits), "each limit that applies");
        for window in &held {
            assert_eq!(window["is_current"], true, "{window}");
            let metric = window["metric"].as_str().unwrap();
            let share = Share { held: reserved(metric, bound), booked: None };
            let window =
                self.windows.entry(window["id"].as_i64().unwrap()).or_insert_with(|| Window::new(metric));
            window.calls.insert(id, share);
        }
        let known = held.iter().map(|window| window["id"].as_i64().unwrap()).collect();
        self.open.push(Open { id, source, admitted, known });
    }

    /// Every window against the sum over the calls; the cap is the database's own constraint.
    pub(super) async fn check(&self) {
        for row in self.rows("select * from limit_windows").await {
            let empty = Window::new("");
            // Opened for a call that was then refused.
            let window = self.windows.get(&row["id"].as_i64().unwrap()).unwrap_or(&empty);
            let shares = window.calls.values();
            let used: i64 = window.history + shares.clone().filter_map(|share| share.booked).sum::<i64>();
            let reserved: i64 = shares.filter(|share| share.booked.is_none()).map(|share| share.held).sum();
            let number = |name: &str| row[name].as_i64().unwrap();
            assert_eq!(number("settled") + number("overrun"), used, "{row}");
            assert_eq!(number("reserved"), reserved, "{row}");
            if row["hard"] == true {
                assert!(number("settled") + reserved <= number("cap") + number("excess"), "{row}");
            }
        }
    }
}
