//! Calls that are sent together: what happens to one of them is no other's concern.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domain::calls::{Admission, Admitted, Reservations, Status, Verdict};
use domain::change::Actor;
use domain::ids::CallId;
use domain::limits::{LimitFacts, LimitSubject, Metric, Mode, Period, Unbounded};
use futures_util::future::join_all;
use ledger::calls::{admit, admit_plain, settle};
use ledger::limits::changes;
use ledger::{Database, prices};
use serde_json::{Value, json};
use testkit::TestDb;
use tokio_postgres::Client;

use crate::limits::{actor, admission, record};

/// The first is sent at once, and the others wait for it.
const CALLS: usize = 12;

struct World {
    db: TestDb,
    database: Database,
    actor: Actor,
    price_version: i64,
}

impl World {
    async fn start() -> Self {
        let db = TestDb::create().await;
        let actor = actor(&db).await;
        let database = db.open();
        let price_version = prices::load(&database).await.unwrap().version();
        Self { db, database, actor, price_version }
    }

    fn calls(&self) -> Vec<Admission<'static>> {
        (0..CALLS).map(|_| admission(CallId::generate(), self.price_version, Some(50))).collect()
    }

    async fn admit(&self) -> Vec<(CallId, Admitted)> {
        let calls = self.calls();
        let admitted = join_all(calls.iter().map(|call| admit_plain(&self.database, call))).await;
        calls.iter().zip(admitted).map(|(call, admitted)| (call.id, admitted.unwrap().unwrap())).collect()
    }

    async fn ids(&self, table: &str) -> Vec<String> {
        let rows = self.db.rows(&format!("select id from {table} order by id")).await;
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Nothing is admitted or settled until the returned connection commits.
    async fn hold_open_calls(&self) -> Client {
        let client = self.db.client().await;
        client.batch_execute("begin; lock table open_calls").await.unwrap();
        client
    }

    /// Waits until so many statements wait for the table, and returns the processes that run them.
    async fn waiting(&self, count: usize) -> Vec<i32> {
        let sql = format!(
            "select pid from pg_stat_activity where datname = '{}' and wait_event_type = 'Lock'",
            self.db.name()
        );
        loop {
            let rows = self.db.rows(&sql).await;
            if rows.len() >= count {
                return rows.iter().map(|row| i32::try_from(row["pid"].as_i64().unwrap()).unwrap()).collect();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn sorted(ids: impl IntoIterator<Item = CallId>) -> Vec<String> {
    let mut ids: Vec<String> = ids.into_iter().map(|id| id.as_uuid().to_string()).collect();
    ids.sort();
    ids
}

fn poll_once(future: std::pin::Pin<&mut impl Future>) {
    assert!(matches!(future.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
}

#[tokio::test]
async fn call_that_fails_in_a_batch_fails_alone() {
    let world = World::start().await;
    // Postgres has no such text.
    let tags = json!({"team": "a\u{0}"});
    let mut calls = world.calls();
    calls[5].tags = Some(&tags);
    let answers = join_all(calls.iter().map(|call| admit_plain(&world.database, call))).await;
    for (place, answer) in answers.iter().enumerate() {
        match answer {
            Ok(Some(_)) => assert_ne!(place, 5),
            Err(error) => assert!(place == 5 && !error.is_transient(), "{place}: {error:?}"),
            Ok(None) => panic!("{place} was not admitted"),
        }
    }
    assert_eq!(world.ids("open_calls").await.len(), CALLS - 1);
}

#[tokio::test]
async fn unsound_settlement_in_a_batch_fails_alone() {
    let world = World::start().await;
    let calls = world.admit().await;
    let mut records: Vec<_> = calls.iter().map(|(id, admitted)| record(*id, admitted, Some(7))).collect();
    records[6].usage.reasoning_tokens = 8;
    let unsound = records[6].id;
    let none = Reservations::default();
    let answers = join_all(records.iter().map(|record| settle(&world.database, record, &none))).await;
    let failed: Vec<usize> = (0..CALLS).filter(|place| answers[*place].is_err()).collect();
    assert_eq!(failed, [6]);
    assert_eq!(answers[6].as_ref().unwrap_err().constraint(), Some("usage_logs_refuse_unsound"));
    assert_eq!(world.ids("open_calls").await, sorted([unsound]));
    assert_eq!(world.ids("usage_logs").await.len(), CALLS - 1);
}

#[tokio::test]
async fn call_whose_caller_leaves_before_the_batch_is_sent_is_not_admitted() {
    let world = World::start().await;
    let calls = world.calls();
    let (left, stayed) = calls.split_at(CALLS - 3);
    {
        let held = world.hold_open_calls().await;
        let mut leaving: Vec<_> =
            left.iter().map(|call| Box::pin(admit_plain(&world.database, call))).collect();
        let mut in_flight = leaving.remove(0);
        poll_once(in_flight.as_mut());
        for call in &mut leaving {
            poll_once(call.as_mut());
        }
        let staying = join_all(stayed.iter().map(|call| admit_plain(&world.database, call)));
        let mut staying = pin!(staying);
        poll_once(staying.as_mut());
        drop(leaving);
        let ((), _, answers) = tokio::join!(
            async {
                world.waiting(1).await;
                held.batch_execute("commit").await.unwrap();
            },
            in_flight,
            staying
        );
        assert!(answers.into_iter().all(|answer| answer.unwrap().is_some()));
    }
    let admitted = left[..1].iter().chain(stayed).map(|call| call.id);
    assert_eq!(world.ids("open_calls").await, sorted(admitted));
}

/// As its first member it has driven the batch so far.
#[tokio::test]
async fn call_whose_caller_leaves_afterwards_leaves_the_batch_to_the_others() {
    let world = World::start().await;
    let calls = world.calls();
    let held = world.hold_open_calls().await;
    let mut waiting: Vec<_> = calls.iter().map(|call| Box::pin(admit_plain(&world.database, call))).collect();
    for call in waiting.iter_mut().take(2) {
        poll_once(call.as_mut());
    }
    let mut first = waiting.remove(1);
    let all = join_all(waiting);
    let answers = tokio::join!(
        async {
            // The batch does not wait forever for the one that hangs.
            tokio::select! {
                _ = &mut first => panic!("the table is locked"),
                _ = world.waiting(2) => {}
            }
            drop(first);
            held.batch_execute("commit").await.unwrap();
        },
        all
    )
    .1;
    assert!(answers.into_iter().all(|answer| answer.unwrap().is_some()));
    // Sent is sent: the sweeper records it.
    assert_eq!(world.ids("open_calls").await, sorted(calls.iter().map(|call| call.id)));
}

#[tokio::test]
async fn calls_of_a_batch_survive_the_loss_of_its_connection() {
    let world = World::start().await;
    let calls = world.calls();
    let held = world.hold_open_calls().await;
    let ((), answers) = tokio::join!(
        async {
            let processes = world.waiting(2).await;
            let list = processes.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
            let end = format!("select pg_terminate_backend(pid) from unnest(array[{list}]) as pid");
            world.db.execute(&end).await;
            held.batch_execute("commit").await.unwrap();
        },
        join_all(calls.iter().map(|call| admit_plain(&world.database, call)))
    );
    assert!(answers.into_iter().all(|answer| answer.unwrap().is_some()));
    assert_eq!(world.ids("open_calls").await, sorted(calls.iter().map(|call| call.id)));
}

/// As retrievals of a response do that was made in the background.
#[tokio::test]
async fn call_that_is_settled_twice_in_a_batch_is_counted_once() {
    let world = World::start().await;
    world
        .db
        .execute(
            "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
            values (gen_random_uuid(), 'global', '', 'tokens', 'total', 1000000, 'hard')",
        )
        .await;
    let mut settlements = Vec::new();
    for call in world.calls() {
        let Verdict::Admitted(admitted) = admit(&world.database, &call).await.unwrap() else { panic!() };
        let record = record(call.id, &admitted, Some(7));
        settlements
            .extend([(record.clone(), admitted.reservations.clone()), (record, admitted.reservations)]);
    }
    let twice = settlements.iter().map(|(record, held)| settle(&world.database, record, held));
    join_all(twice).await.into_iter().collect::<Result<(), _>>().unwrap();
    assert_eq!(
        world.ids("usage_logs").await,
        sorted(settlements.iter().step_by(2).map(|(record, _)| record.id))
    );
    let windows = world.db.rows("select settled, reserved from limit_windows").await;
    assert_eq!(windows, [json!({"settled": CALLS * 107, "reserved": 0})] as [Value; 1]);
}

/// Its function knows of no reservation, but the open row does.
#[tokio::test]
async fn settlement_in_a_batch_releases_what_a_limit_made_since_holds() {
    let world = World::start().await;
    let calls = world.admit().await;
    let facts = LimitFacts {
        subject: LimitSubject::Global,
        metric: Metric::Tokens,
        period: Period::Total,
        amount: 1_000_000,
        mode: Mode::Hard,
        time_zone: "UTC".to_owned(),
        unbounded: Unbounded::Reserve,
    };
    changes::create(&world.database, &facts, &world.actor).await.unwrap();
    let none = Reservations::default();
    let records: Vec<_> = calls.iter().map(|(id, admitted)| record(*id, admitted, Some(7))).collect();
    assert!(records.iter().all(|record| record.status == Status::Settled));
    for answer in join_all(records.iter().map(|record| settle(&world.database, record, &none))).await {
        answer.unwrap();
    }
    let windows = world.db.rows("select settled, reserved from limit_windows").await;
    let expected = i64::try_from(CALLS).unwrap() * 107;
    assert_eq!(windows, [json!({"settled": expected, "reserved": 0})] as [Value; 1]);
    assert!(world.ids("open_calls").await.is_empty());
}
