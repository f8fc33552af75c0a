//! Limits against a model: whatever order calls are admitted, settled, lost and swept in, whatever limits are made,
//! changed and deleted at the same time, and wherever windows end, no hard limit holds more than its cap and every count is the
//! sum of what its calls did.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::calls::{Admission, Admitted, Bound, CallRecord, Endpoint, Status, Verdict};
use domain::change::Actor;
use domain::ids::{CallId, KeyId, LimitId, RequestId};
use domain::limits::{LimitFacts, LimitRefusal, LimitSubject, Metric, Mode, Period};
use domain::money::{PicoUsd, Rate};
use domain::pricing::PriceBound;
use domain::usage::Usage;
use domain::words::Word;
use ledger::calls;
use ledger::change::ChangeError;
use ledger::limits::changes;
use ledger::{Database, prices};
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use testkit::TestDb;
use tokio_postgres::Client;

const STEPS: usize = 250;
const INPUT: i64 = 100;
/// pico-USD per token, of input and of output.
const RATE: i64 = 1_000;
/// The most the model of all calls answers with.
const MOST_OUTPUT: i64 = 16_384;

/// What a call did to one window.
#[derive(Debug, Clone, Copy)]
struct Share {
    held: i64,
    /// Nothing while the call is in flight.
    booked: Option<i64>,
}

/// A window as the model has it.
#[derive(Debug, Clone)]
struct Window {
    metric: String,
    /// What the ledger had of it when its limit was made.
    history: i64,
    calls: BTreeMap<CallId, Share>,
}

impl Window {
    /// What a call that used so much is booked as; nothing known is all that was held.
    fn used(&self, held: i64, output_tokens: Option<i64>) -> i64 {
        match (self.metric.as_str(), output_tokens) {
            ("concurrency", _) => 0,
            ("requests", _) => 1,
            ("tokens", Some(output)) => INPUT + output,
            (_, Some(output)) => (INPUT + output) * RATE,
            (_, None) => held,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Open {
    id: CallId,
    pub admitted: Admitted,
    /// Those the function knows of: of limits made later it does not.
    known: BTreeSet<i64>,
}

struct World {
    _db: TestDb,
    client: Client,
    database: Database,
    actor: Actor,
    price_version: i64,
    random: TestRunner,
    open: Vec<Open>,
    /// Swept, but their function lives and will settle.
    late: Vec<Open>,
    windows: BTreeMap<i64, Window>,
    /// What the statement behind a settlement is, to have it fail.
    release: String,
    ended: u32,
    refused: u32,
    made_under_calls: u32,
    rolled_over: u32,
}

impl World {
    async fn new(seed: u8) -> Self {
        let db = TestDb::create().await;
        let database = db.open();
        let price_version = prices::load(&database).await.unwrap().version();
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let random = TestRunner::new_with_rng(Config::default(), rng);
        let release = db.rows("select pg_get_functiondef('calls_release'::regproc) as body").await;
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
            release: release[0]["body"].as_str().unwrap().to_owned(),
            ended: 0,
            refused: 0,
            made_under_calls: 0,
            rolled_over: 0,
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
        self.client.batch_execute(sql).await.unwrap();
    }

    /// As the testkit's, over one connection: there are thousands.
    async fn rows(&self, sql: &str) -> Vec<Value> {
        let wrapped = format!("select to_json(found)::text from ({sql}) as found");
        let rows = self.client.query_typed(&wrapped, &[]).await.unwrap();
        rows.iter().map(|row| serde_json::from_str(row.get(0)).unwrap()).collect()
    }

    fn below(&mut self, end: u64) -> u64 {
        any::<u64>().new_tree(&mut self.random).unwrap().current() % end
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()].clone()
    }

    fn take(&mut self, from: fn(&mut Self) -> &mut Vec<Open>) -> Option<Open> {
        let count = from(self).len() as u64;
        let index = (count > 0).then(|| self.below(count))?;
        Some(from(self).swap_remove(usize::try_from(index).unwrap()))
    }

    async fn admit(&mut self) {
        let output_tokens = (self.below(3) > 0).then(|| 50 + i64::try_from(self.below(400)).unwrap());
        let id = CallId::generate();
        match calls::admit(&self.database, &admission(id, self.price_version, output_tokens)).await.unwrap() {
            Verdict::Admitted(admitted) => {
                let bound = admitted.output_bound_tokens.map(|output| INPUT + output);
                assert_eq!(admitted.reserved, bound.map(|tokens| PicoUsd::from_pico(tokens * RATE)));
                let held = self
                    .rows(&format!(
                        "select w.id, w.metric, o.opened_at >= w.starts_at
                            and (w.ends_at is null or o.opened_at < w.ends_at) as is_current
                        from open_calls o
                        cross join unnest(o.window_ids) as held (id)
                        join limit_windows w on w.id = held.id
                        where o.id = '{}'",
                        id.as_uuid()
                    ))
                    .await;
                let limits =
                    self.rows("select id from limits where subject in ('global:', 'label:one')").await;
                assert_eq!(held.len(), limits.len(), "each limit that applies");
                for window in &held {
                    assert_eq!(window["is_current"], true, "{window}");
                    let metric = window["metric"].as_str().unwrap();
                    let held = reserved(metric, bound);
                    let window = self.windows.entry(window["id"].as_i64().unwrap()).or_insert_with(|| {
                        Window { metric: metric.to_owned(), history: 0, calls: BTreeMap::new() }
                    });
                    window.calls.insert(id, Share { held, booked: None });
                }
                let known = held.iter().map(|window| window["id"].as_i64().unwrap()).collect();
                self.open.push(Open { id, admitted, known });
            }
            Verdict::Limited(refusal) => {
                let room = refusal.limit.cap - refusal.limit.used - refusal.limit.reserved;
                assert!(refusal.need > room, "refused without need: {refusal:?}");
                self.refused += 1;
            }
            verdict => panic!("{verdict:?}"),
        }
    }

    /// Books what a call used in each of its windows, or in `only` these.
    fn book(&mut self, id: CallId, output_tokens: Option<i64>, only: Option<&BTreeSet<i64>>) {
        for (window_id, window) in &mut self.windows {
            let Some(share) = window.calls.get(&id).copied() else { continue };
            if only.is_none_or(|only| only.contains(window_id)) {
                let booked = Some(window.used(share.held, output_tokens));
                window.calls.insert(id, Share { booked, ..share });
            }
        }
    }

    /// Settles, sometimes beyond the bound and sometimes without knowing the cost, and sometimes twice.
    async fn settle(&mut self, call: &Open) -> Option<i64> {
        let output_tokens = i64::try_from(self.below(600)).unwrap();
        let known = (self.below(5) > 0).then_some(output_tokens);
        let record = record(call.id, &call.admitted, known);
        for _ in 0..=self.below(2) {
            calls::settle(&self.database, &record, &call.admitted.reservations).await.unwrap();
        }
        self.ended += 1;
        known
    }

    async fn settle_in_time(&mut self, call: Open) {
        let output_tokens = self.settle(&call).await;
        self.book(call.id, output_tokens, None);
    }

    /// The sweeper was first: windows of limits created since then keep its estimate.
    async fn settle_late(&mut self, call: Open) {
        self.book(call.id, None, None);
        let output_tokens = self.settle(&call).await;
        self.book(call.id, output_tokens, Some(&call.known));
    }

    /// The function dies between the durable settlement and the release.
    async fn settle_and_die(&mut self, call: Open) {
        let dead = "create or replace function calls_release(call_id uuid) returns boolean language sql return false";
        self.sql(dead).await;
        calls::settle(&self.database, &record(call.id, &call.admitted, Some(7)), &call.admitted.reservations)
            .await
            .unwrap();
        self.check().await;
        let release = self.release.clone();
        self.sql(&release).await;
        self.release_settled(1).await;
        self.book(call.id, Some(7), None);
        self.ended += 1;
    }

    /// A call that is held to no limit is gone at once.
    async fn release_settled(&self, at_most: usize) {
        let held = "select id from open_calls where settled_at is not null";
        let held = self.rows(held).await.len();
        assert!(held <= at_most, "{held} wait for their release");
        self.sql("update open_calls set settled_at = settled_at - interval '1 minute' where settled_at is not null")
            .await;
        assert_eq!(calls::release_settled(&self.database).await.unwrap(), held);
    }

    /// The database crashes and forgets an admission whose function lives on.
    async fn lose_admission(&mut self, call: Open) {
        self.sql(&format!(
            "with lost as (delete from open_calls where id = '{}' returning window_ids, window_amounts)
            update limit_windows w set reserved = w.reserved - held.amount
            from lost, unnest(lost.window_ids, lost.window_amounts) as held (id, amount) where w.id = held.id",
            call.id.as_uuid()
        ))
        .await;
        let mut lost = BTreeMap::new();
        for (window_id, window) in &mut self.windows {
            if let Some(share) = window.calls.remove(&call.id).filter(|_| call.known.contains(window_id)) {
                lost.insert(*window_id, share);
            }
        }
        self.check().await;
        let output_tokens = self.settle(&call).await;
        for (window_id, share) in lost {
            self.windows.get_mut(&window_id).unwrap().calls.insert(call.id, share);
        }
        self.book(call.id, output_tokens, None);
    }

    async fn sweep(&mut self, call: Open) {
        self.sql(&format!(
            "update open_calls set deadline_at = opened_at where id = '{}'",
            call.id.as_uuid()
        ))
        .await;
        assert_eq!(calls::sweep(&self.database).await.unwrap(), [call.id]);
        if self.below(2) == 0 {
            self.release_settled(1).await;
            self.book(call.id, None, None);
            self.late.push(call);
        } else {
            // Its function settles before the sweeper has released it.
            self.settle_late(call).await;
            self.release_settled(1).await;
        }
    }

    async fn change_a_limit(&mut self) {
        let percent = 40 + self.below(120);
        let metric = self.one_of(&["requests", "tokens", "usd", "concurrency"]);
        self.sql(&format!(
            "update limits set amount = amount * {percent} / 100 + 1 where metric = '{metric}'"
        ))
        .await;
    }

    /// Hard ones become soft and soft ones hard, where there is none of that mode.
    async fn flip_a_mode(&mut self) {
        let nth = self.below(4);
        self.sql(&format!(
            "update limits l
            set mode = case l.mode when 'hard' then 'soft' else 'hard' end
            where l.id = (select o.id from limits o order by o.id offset {nth} limit 1)
                and not exists (
                    select from limits o
                    where (o.subject, o.metric, o.period) = (l.subject, l.metric, l.period) and o.id <> l.id
                )"
        ))
        .await;
    }

    async fn lift_a_limit(&mut self) {
        let nth = self.below(12);
        self.sql(&format!(
            "delete from limits where id = (select id from limits order by id offset {nth} limit 1)"
        ))
        .await;
    }

    /// Calls in flight hold their part of it from the first moment.
    async fn make_a_limit(&mut self) {
        let subject = self.one_of(&[
            LimitSubject::Global,
            LimitSubject::Label("one".into()),
            LimitSubject::Label("other".into()),
        ]);
        let metric = self.one_of(Metric::ALL);
        let period = if metric == Metric::Concurrency {
            Period::Total
        } else {
            self.one_of(&[Period::Total, Period::Month])
        };
        let mode = self.one_of(Mode::ALL);
        let amount = match metric {
            Metric::Requests => 40,
            Metric::Concurrency => 3,
            Metric::Tokens => 20_000,
            Metric::Usd => 20_000 * RATE,
        } * i64::try_from(1 + self.below(8)).unwrap();
        let is_ours = subject != LimitSubject::Label("other".into());
        let facts = LimitFacts { subject, metric, period, amount, mode, time_zone: "UTC".into() };
        let limit = match changes::create(&self.database, &facts, &self.actor).await {
            Err(ChangeError::Refused(LimitRefusal::Exists)) => return,
            limit => limit.unwrap(),
        };
        let window = self
            .rows(&format!(
                "select w.id, (
                    select case w.metric
                        when 'requests' then count(*) filter (where u.revision = 0)
                        when 'tokens' then coalesce(sum(u.input_tokens + u.output_tokens), 0)
                        when 'usd' then coalesce(sum(u.cost_pico_usd), 0)
                        else 0
                    end
                    from usage_logs u
                    where u.created_at >= w.starts_at and {is_ours}
                )::bigint as history
                from limit_windows w
                where w.limit_id = '{}'",
                limit.id.as_uuid()
            ))
            .await;
        let in_flight = self.open.iter().filter(|_| is_ours).map(|call| {
            let unbounded = if mode == Mode::Hard { MOST_OUTPUT } else { 0 };
            let held = match metric {
                Metric::Tokens => INPUT + call.admitted.output_bound_tokens.unwrap_or(unbounded),
                _ => {
                    reserved(metric.as_str(), call.admitted.output_bound_tokens.map(|output| INPUT + output))
                }
            };
            (call.id, Share { held, booked: None })
        });
        let calls: BTreeMap<CallId, Share> = in_flight.collect();
        self.made_under_calls += u32::from(!calls.is_empty());
        let history = window[0]["history"].as_i64().unwrap();
        let window_id = window[0]["id"].as_i64().unwrap();
        self.windows.insert(window_id, Window { metric: metric.as_str().to_owned(), history, calls });
    }

    /// As if the clock had moved on: open windows become those of an earlier period, and the next call opens new ones.
    async fn roll_over(&mut self) {
        let period = self.one_of(&["day", "month"]);
        self.roll_over_of(period).await;
    }

    async fn roll_over_of(&mut self, period: &str) {
        self.sql(&format!(
            "update limit_windows w
            set ends_at = earliest.at, starts_at = earliest.at - interval '1 {period}'
            from (select limit_id, min(starts_at) as at from limit_windows group by limit_id) as earliest, limits l
            where earliest.limit_id = w.limit_id
                and l.id = w.limit_id
                and l.period = '{period}'
                and w.ends_at > clock_timestamp()"
        ))
        .await;
        self.rolled_over += u32::from(!self.open.is_empty());
    }

    /// Every window against the sum over the calls; the cap is the database's own constraint.
    async fn check(&self) {
        for row in self.rows("select * from limit_windows").await {
            let empty = Window { metric: String::new(), history: 0, calls: BTreeMap::new() };
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

/// An administrator of everything.
pub(crate) async fn actor(db: &TestDb) -> Actor {
    let key_id = KeyId::generate();
    db.execute(&format!(
        "insert into api_keys (id, name, scopes) values ('{}', 'admin', array['admin'])",
        key_id.as_uuid()
    ))
    .await;
    Actor {
        key_id,
        user_label: None,
        models: None,
        ends_at: None,
        secret: None,
        request_id: RequestId::generate(),
    }
}

/// What admission holds in a window of a metric for a call of so many tokens at most.
fn reserved(metric: &str, bound: Option<i64>) -> i64 {
    match metric {
        "tokens" => bound.unwrap_or(INPUT),
        "usd" => bound.unwrap_or_default() * RATE,
        _ => 1,
    }
}

pub(crate) fn admission<'a>(id: CallId, price_version: i64, output_tokens: Option<i64>) -> Admission<'a> {
    Admission {
        id,
        key: None,
        price_version,
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
            price: Some(PriceBound {
                input_token: Rate::from_pico_per_token(RATE).unwrap(),
                output_token: Rate::from_pico_per_token(RATE).unwrap(),
            }),
            tools: None,
            unbounded: None,
        },
        time_to_settle: Duration::from_hours(1),
        sdk: None,
        tags: None,
        idempotency: None,
    }
}

pub(crate) fn record(id: CallId, admitted: &Admitted, output_tokens: Option<i64>) -> CallRecord {
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
        retried_cost: Some(PicoUsd::ZERO),
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
    let (mut ended, mut refused, mut made, mut rolled_over) = (0, 0, 0, 0);
    for seed in 0..8 {
        let mut world = World::new(seed).await;
        for _ in 0..STEPS {
            match world.below(32) {
                0..=12 => world.admit().await,
                13..=19 => {
                    if let Some(call) = world.take(|world| &mut world.open) {
                        world.settle_in_time(call).await;
                    }
                }
                20..=21 => {
                    if let Some(call) = world.take(|world| &mut world.open) {
                        world.settle_and_die(call).await;
                    }
                }
                22 => {
                    if let Some(call) = world.take(|world| &mut world.open) {
                        world.lose_admission(call).await;
                    }
                }
                23..=24 => {
                    if let Some(call) = world.take(|world| &mut world.open) {
                        world.sweep(call).await;
                    }
                }
                25..=26 => {
                    if let Some(call) = world.take(|world| &mut world.late) {
                        world.settle_late(call).await;
                    }
                }
                27 => world.change_a_limit().await,
                28 => world.flip_a_mode().await,
                29 => world.lift_a_limit().await,
                30 => world.make_a_limit().await,
                _ => world.roll_over().await,
            }
            world.check().await;
        }
        ended += world.ended;
        refused += world.refused;
        made += world.made_under_calls;
        rolled_over += world.rolled_over;
    }
    // Neither all let through nor nearly all refused: the counts above were about something.
    assert!(ended > 150 && refused > 50, "{ended} ended, {refused} refused");
    assert!(
        made > 10 && rolled_over > 10,
        "{made} limits made and {rolled_over} windows ended under calls in flight"
    );
}

#[tokio::test]
async fn call_settled_after_its_window_ended_is_booked_where_it_was_reserved() {
    let mut world = World::new(0).await;
    world.sql("delete from limits where period <> 'day'").await;
    world.admit().await;
    world.roll_over_of("day").await;
    world.admit().await;
    let counts = async |world: &World| -> Vec<(i64, i64)> {
        let rows = world.rows("select settled, reserved from limit_windows order by id").await;
        let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
        rows.iter().map(|row| (number(row, "settled"), number(row, "reserved"))).collect()
    };
    assert_eq!(counts(&world).await, [(0, 1), (0, 1)], "the new window starts empty");
    let first = world.open.remove(0);
    world.settle_in_time(first).await;
    assert_eq!(counts(&world).await, [(1, 0), (0, 1)]);
    let second = world.open.remove(0);
    world.settle_in_time(second).await;
    assert_eq!(counts(&world).await, [(1, 0), (1, 0)]);
}
