//! Limits against a model: whatever order calls are admitted, settled, lost and swept in, and limits changed, no hard
//! limit holds more than its cap and every count is the sum of what its calls did.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use shared::db::calls::{
    self, Admission, Admitted, Bound, CallRecord, Endpoint, Reservations, Status, Verdict,
};
use shared::db::{Database, prices};
use shared::ids::{CallId, LimitId};
use shared::money::{PicoUsd, Rate};
use shared::pricing::Dearest;
use shared::usage::Usage;
use testkit::TestDb;

const STEPS: usize = 250;
const INPUT: i64 = 100;
/// pico-USD per token, of input and of output.
const RATE: i64 = 1_000;

/// What a call did to the tokens and money of every limit it was admitted under.
#[derive(Debug, Clone, Copy)]
struct Counted {
    tokens: i64,
    pico_usd: i64,
    is_open: bool,
}

struct World {
    db: TestDb,
    database: Database,
    price_version: i64,
    random: TestRunner,
    open: Vec<(CallId, Admitted)>,
    /// Swept, but their function lives and will settle.
    late: Vec<(CallId, Admitted)>,
    counted: BTreeMap<String, Counted>,
    refused: u32,
}

impl World {
    async fn new(seed: u8) -> Self {
        let db = TestDb::create().await;
        let database = db.open();
        let price_version = prices::load(&database).await.unwrap().version();
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let random = TestRunner::new_with_rng(Config::default(), rng);
        let world = Self {
            db,
            database,
            price_version,
            random,
            open: Vec::new(),
            late: Vec::new(),
            counted: BTreeMap::new(),
            refused: 0,
        };
        for (subject, metric, period, amount, mode) in [
            ("global", "tokens", "total", 30_000, "hard"),
            ("label", "usd", "month", 25_000 * RATE, "hard"),
            ("label", "requests", "day", 120, "hard"),
            ("global", "concurrency", "total", 6, "hard"),
            ("label", "tokens", "month", 2_000, "soft"),
        ] {
            let (id, of) = (LimitId::generate().as_uuid(), if subject == "label" { "one" } else { "" });
            world
                .sql(&format!(
                    "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
                    values ('{id}', '{subject}', '{of}', '{metric}', '{period}', {amount}, '{mode}')"
                ))
                .await;
        }
        world
    }

    async fn sql(&self, sql: &str) {
        self.db.execute(sql).await;
    }

    fn below(&mut self, end: u64) -> u64 {
        any::<u64>().new_tree(&mut self.random).unwrap().current() % end
    }

    fn take(&mut self, from: fn(&mut Self) -> &mut Vec<(CallId, Admitted)>) -> Option<(CallId, Admitted)> {
        let count = from(self).len() as u64;
        let index = (count > 0).then(|| self.below(count))?;
        Some(from(self).swap_remove(usize::try_from(index).unwrap()))
    }

    async fn admit(&mut self) {
        let output_tokens = (self.below(3) > 0).then(|| 50 + i64::try_from(self.below(400)).unwrap());
        let id = CallId::generate();
        let admission = Admission {
            id,
            key: None,
            price_version: self.price_version,
            label: Some("one"),
            fallback_label: None,
            model: "gpt-4o-mini",
            endpoint: Endpoint::ChatCompletions,
            stream: false,
            service_tier: None,
            bound: Bound {
                input_tokens: INPUT,
                output_tokens,
                fill_tokens: 1_000,
                choices: 1,
                price: Some(Dearest {
                    input: PicoUsd::from_pico(INPUT * RATE),
                    output_token: Rate::from_pico_per_token(RATE).unwrap(),
                }),
                unbounded: None,
            },
            time_to_settle: Duration::from_hours(1),
            sdk: None,
            tags: None,
            idempotency: None,
        };
        match calls::admit(&self.database, &admission).await.unwrap() {
            Verdict::Admitted(admitted) => {
                let tokens = INPUT + admitted.output_bound_tokens.unwrap();
                let counted = Counted { tokens, pico_usd: tokens * RATE, is_open: true };
                assert_eq!(admitted.reserved, Some(PicoUsd::from_pico(counted.pico_usd)));
                self.counted.insert(id.to_string(), counted);
                self.open.push((id, admitted));
            }
            Verdict::Limited(refusal) => {
                let room = refusal.limit.cap - refusal.limit.used - refusal.limit.reserved;
                assert!(refusal.need > room, "refused without need: {refusal:?}");
                self.refused += 1;
            }
            verdict => panic!("{verdict:?}"),
        }
    }

    /// Settles, sometimes beyond the bound and sometimes without knowing the cost, and sometimes twice.
    async fn settle(&mut self, (id, admitted): (CallId, Admitted)) {
        let output_tokens = i64::try_from(self.below(600)).unwrap();
        let tokens = INPUT + output_tokens;
        let is_known = self.below(5) > 0;
        let record = record(id, &admitted, is_known.then_some(output_tokens));
        for _ in 0..=self.below(2) {
            calls::settle(&self.database, &record, &admitted.reservations).await.unwrap();
        }
        let counted = self.counted.get_mut(&id.to_string()).unwrap();
        counted.is_open = false;
        let bound = INPUT + admitted.output_bound_tokens.unwrap();
        counted.tokens = if is_known { tokens } else { bound };
        counted.pico_usd = counted.tokens * RATE;
    }

    /// The function dies between the durable settlement and the release.
    async fn settle_and_die(&mut self, (id, admitted): (CallId, Admitted)) {
        let settled = record(id, &admitted, Some(7));
        // Without its reservations the settlement marks the open row, and nothing follows.
        calls::settle(&self.database, &settled, &Reservations::default()).await.unwrap();
        let counted = Counted { tokens: INPUT + 7, pico_usd: (INPUT + 7) * RATE, is_open: true };
        let bound = INPUT + admitted.output_bound_tokens.unwrap();
        self.counted.insert(id.to_string(), Counted { tokens: bound, pico_usd: bound * RATE, ..counted });
        self.check().await;
        self.sql("update open_calls set settled_at = settled_at - interval '1 minute' where settled_at is not null")
            .await;
        assert_eq!(calls::release_settled(&self.database).await.unwrap(), 1);
        self.counted.insert(id.to_string(), Counted { is_open: false, ..counted });
    }

    /// The database crashes and forgets an admission whose function lives on.
    async fn lose_admission(&mut self, (id, admitted): (CallId, Admitted)) {
        self.sql(&format!(
            "with lost as (delete from open_calls where id = '{}' returning window_ids, window_amounts)
            update limit_windows w set reserved = w.reserved - held.amount
            from lost, unnest(lost.window_ids, lost.window_amounts) as held (id, amount) where w.id = held.id",
            id.as_uuid()
        ))
        .await;
        self.counted.remove(&id.to_string());
        self.check().await;
        self.counted.insert(id.to_string(), Counted { tokens: 0, pico_usd: 0, is_open: false });
        self.settle((id, admitted)).await;
    }

    async fn sweep(&mut self, (id, admitted): (CallId, Admitted)) {
        self.sql(&format!("update open_calls set deadline_at = opened_at where id = '{}'", id.as_uuid()))
            .await;
        assert_eq!(calls::sweep(&self.database).await.unwrap(), [id]);
        if self.below(2) == 0 {
            assert_eq!(calls::release_settled(&self.database).await.unwrap(), 1);
            self.counted.get_mut(&id.to_string()).unwrap().is_open = false;
            self.late.push((id, admitted));
        } else {
            // Its function settles before the sweeper has released it.
            self.settle((id, admitted)).await;
        }
    }

    async fn change_a_limit(&mut self) {
        let percent = 40 + self.below(120);
        let metric = ["requests", "tokens", "usd", "concurrency"][usize::try_from(self.below(4)).unwrap()];
        self.sql(&format!(
            "update limits set amount = amount * {percent} / 100 + 1 where metric = '{metric}'"
        ))
        .await;
    }

    /// Every window against the sum over the calls; the cap is the database's own constraint.
    async fn check(&self) {
        for window in self.db.rows("select * from limit_windows").await {
            let amount = |call: &Counted| match window["metric"].as_str().unwrap() {
                "tokens" => call.tokens,
                "usd" => call.pico_usd,
                "concurrency" => i64::from(call.is_open),
                _ => 1,
            };
            let (open, ended): (Vec<&Counted>, Vec<_>) = self.counted.values().partition(|call| call.is_open);
            let is_concurrency = window["metric"] == "concurrency";
            let used = if is_concurrency { 0 } else { ended.iter().map(|call| amount(call)).sum::<i64>() };
            let reserved: i64 = open.iter().map(|call| amount(call)).sum();
            let number = |name: &str| window[name].as_i64().unwrap();
            assert_eq!(number("settled") + number("overrun"), used, "{window}");
            assert_eq!(number("reserved"), reserved, "{window}");
            if window["hard"] == true {
                assert!(number("settled") + reserved <= number("cap") + number("excess"), "{window}");
            }
        }
    }
}

fn record(id: CallId, admitted: &Admitted, output_tokens: Option<i64>) -> CallRecord {
    let known =
        output_tokens.map(|output| Usage { input_tokens: INPUT, output_tokens: output, ..Usage::default() });
    CallRecord {
        id,
        started_at: admitted.opened_at,
        key_id: None,
        user_label: admitted.user_label.clone(),
        endpoint: Endpoint::ChatCompletions,
        model: "gpt-4o-mini".to_owned(),
        served_model: None,
        service_tier: None,
        stream: false,
        status: if known.is_some() { Status::Settled } else { Status::Failed },
        http_status: None,
        error_code: None,
        attempts: 1,
        usage: known.unwrap_or_default(),
        retried: Usage::default(),
        cost: output_tokens.map(|output| PicoUsd::from_pico((INPUT + output) * RATE)),
        price_id: None,
        latency: Duration::from_millis(1),
        first_byte: None,
        overhead: Duration::from_millis(1),
        upstream_request_id: None,
        tags: None,
        sdk: None,
        raw_usage: None,
        overrun: false,
    }
}

#[tokio::test]
async fn counts_are_exact_and_caps_hold_in_any_order_of_events() {
    let (mut ended, mut refused) = (0, 0);
    for seed in 0..6 {
        let mut world = World::new(seed).await;
        for _ in 0..STEPS {
            match world.below(12) {
                0..=4 => world.admit().await,
                5..=7 => {
                    if let Some(call) = world.take(|world| &mut world.open) {
                        world.settle(call).await;
                    }
                }
                8 => {
                    if let Some(call) = world.take(|world| &mut world.open) {
                        world.settle_and_die(call).await;
                    }
                }
                9 => {
                    if let Some(call) = world.take(|world| &mut world.open) {
                        if world.below(2) == 0 {
                            world.sweep(call).await;
                        } else {
                            world.lose_admission(call).await;
                        }
                    }
                }
                10 => {
                    if let Some(call) = world.take(|world| &mut world.late) {
                        world.settle(call).await;
                    }
                }
                _ => world.change_a_limit().await,
            }
            world.check().await;
        }
        ended += world.counted.values().filter(|call| !call.is_open).count();
        refused += world.refused;
    }
    // Neither all let through nor nearly all refused: the counts above were about something.
    assert!(ended > 150 && refused > 50, "{ended} ended, {refused} refused");
}
