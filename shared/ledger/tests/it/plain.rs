//! The plain admission and the full one decide alike, on random keys, limits and calls.

mod calls;

use std::fmt::Write as _;

use domain::calls::{Admitted, Verdict};
use domain::ids::{CallId, KeyId, LimitId};
use futures_util::future::join_all;
use ledger::{Database, prices};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use testkit::TestDb;

use self::calls::{Call, a_call, secret_of};

/// Columns that decide what a key may do, as SQL: scopes, label, models, expiry, revocation, and expiry of the secret.
const KEYS: [[&str; 6]; 12] = [
    ["'{chat}'", "null", "null", "null", "null", "null"],
    ["'{chat,usage:read}'", "null", "null", "now() + interval '1 day'", "null", "now() + interval '1 day'"],
    ["'{admin}'", "null", "null", "null", "null", "null"],
    ["'{usage:read}'", "null", "null", "null", "null", "null"],
    ["'{chat}'", "'one'", "null", "null", "null", "null"],
    ["'{chat}'", "'two'", "'{gpt-4o*}'", "null", "null", "null"],
    ["'{chat}'", "null", "'{o_,gpt-4o-mini}'", "null", "null", "null"],
    ["'{chat}'", "null", "'{gpt-4o}'", "null", "null", "null"],
    ["'{chat}'", "null", "'{}'", "null", "null", "null"],
    ["'{chat}'", "null", "null", "now() - interval '1 second'", "null", "null"],
    ["'{chat}'", "null", "null", "null", "now()", "null"],
    ["'{chat}'", "null", "null", "null", "null", "now() - interval '1 second'"],
];
const SUBJECTS: [(&str, &str); 8] = [
    ("global", ""),
    ("label", "one"),
    ("label", "unlabelled"),
    ("label", "*"),
    ("key", "*"),
    ("tag", "team=a"),
    ("tag", "team=*"),
    ("tag", "env=*"),
];
const STATES: u32 = 40;
const CALLS: u32 = 12;

struct World {
    db: TestDb,
    database: Database,
    price_version: i64,
    random: TestRunner,
}

impl World {
    async fn start() -> Self {
        let db = TestDb::create().await;
        let database = db.open();
        let price_version = prices::load(&database).await.unwrap().version();
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        for (at, columns) in KEYS.iter().enumerate() {
            let [scopes, label, models, expires_at, revoked_at, secret_expires_at] = columns;
            let id = KeyId::generate().as_uuid();
            let hash = secret_of(at).as_bytes().iter().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            });
            db.execute(&format!(
                "insert into api_keys (id, name, scopes, user_label, models, expires_at, revoked_at)
                values ('{id}', 'key {at}', {scopes}, {label}, {models}, {expires_at}, {revoked_at});
                insert into api_key_secrets (secret_hash, key_id, secret_prefix, expires_at)
                values (decode('{hash}', 'hex'), '{id}', 'tm_{at}', {secret_expires_at})"
            ))
            .await;
        }
        Self { db, database, price_version, random: TestRunner::new_with_rng(Config::default(), rng) }
    }

    fn sample<S: Strategy>(&mut self, strategy: S) -> S::Value {
        strategy.new_tree(&mut self.random).unwrap().current()
    }

    /// Two limits at most, none in every third state.
    async fn renew_limits(&mut self) {
        let key = self.sample(0..KEYS.len());
        let mut sql = "delete from limit_windows; delete from limits;".to_owned();
        for (kind, subject) in self.sample(proptest::sample::subsequence(SUBJECTS.to_vec(), 0..=2)) {
            let id = LimitId::generate().as_uuid();
            write!(
                sql,
                "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
                values ('{id}', '{kind}', '{subject}', 'requests', 'total', 1000000, 'soft');"
            )
            .unwrap();
        }
        if self.sample(proptest::bool::weighted(0.2)) {
            let id = LimitId::generate().as_uuid();
            write!(
                sql,
                "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
                select '{id}', 'key', id::text, 'requests', 'total', 1000000, 'soft' from api_keys where name = 'key {key}';"
            )
            .unwrap();
        }
        self.db.execute(&sql).await;
    }

    /// The open row, but for what no two calls share.
    async fn row(&self, id: CallId) -> Value {
        let sql = format!(
            "select to_jsonb(o) - 'id' - 'opened_at' - 'deadline_at' as row, deadline_at - opened_at as open_for
            from open_calls o where id = '{}'",
            id.as_uuid()
        );
        self.db.rows(&sql).await.pop().unwrap_or_default()
    }
}

fn compared(admitted: &Admitted) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        admitted.key_id,
        admitted.user_label.clone(),
        admitted.input_bound_tokens,
        admitted.tool_call_bound,
        admitted.output_bound_tokens,
        admitted.reserved,
    )
}

#[tokio::test]
async fn plain_and_full_admission_decide_alike() {
    let mut world = World::start().await;
    let (mut plain_ones, mut others) = (0, 0);
    for _ in 0..STATES {
        world.renew_limits().await;
        for _ in 0..CALLS {
            let call = world.sample(a_call());
            let [plain_id, full_id] = [CallId::generate(), CallId::generate()];
            let plain = call.admission(plain_id, world.price_version);
            let plain = ledger::calls::admit_plain(&world.database, &plain).await.unwrap();
            let full = ledger::calls::admit(&world.database, &call.admission(full_id, world.price_version))
                .await
                .unwrap();
            match (&plain, &full) {
                (Some(plain), Verdict::Admitted(full)) => {
                    plain_ones += 1;
                    assert!(full.reservations.is_empty(), "{call:?}");
                    assert_eq!(compared(plain), compared(full), "{call:?}");
                    assert_eq!(world.row(plain_id).await, world.row(full_id).await, "{call:?}");
                }
                (None, Verdict::Admitted(full)) => {
                    others += 1;
                    assert!(!full.reservations.is_empty(), "could have been admitted plainly: {call:?}");
                }
                (None, _) => others += 1,
                (Some(_), refused) => panic!("admitted plainly, in full {refused:?}: {call:?}"),
            }
        }
    }
    assert!(plain_ones > 50 && others > 50, "{plain_ones} and {others}");
}

#[tokio::test]
async fn plain_calls_are_decided_in_a_batch_as_by_themselves() {
    let mut world = World::start().await;
    let (mut admitted, mut others) = (0, 0);
    for _ in 0..STATES {
        world.renew_limits().await;
        let calls: Vec<Call> = (0..CALLS).map(|_| world.sample(a_call())).collect();
        let ids: Vec<CallId> = calls.iter().map(|_| CallId::generate()).collect();
        let admissions: Vec<_> =
            ids.iter().zip(&calls).map(|(id, call)| call.admission(*id, world.price_version)).collect();
        // The first goes at once, and the others together behind it.
        let together =
            admissions.iter().map(|admission| ledger::calls::admit_plain(&world.database, admission));
        for ((call, id), together) in calls.iter().zip(ids).zip(join_all(together).await) {
            let alone_id = CallId::generate();
            let alone = call.admission(alone_id, world.price_version);
            let alone = ledger::calls::admit_plain(&world.database, &alone).await.unwrap();
            let together = together.unwrap();
            assert_eq!(together.as_ref().map(compared), alone.as_ref().map(compared), "{call:?}");
            assert_eq!(world.row(id).await, world.row(alone_id).await, "{call:?}");
            if alone.is_some() { admitted += 1 } else { others += 1 }
        }
    }
    assert!(admitted > 50 && others > 50, "{admitted} and {others}");
    let batches = "select opened_at from open_calls group by opened_at having count(*) > 1";
    assert!(world.db.rows(batches).await.len() > 10, "hardly any batches");
}

/// A connection that is lost after the commit has the same call admitted again.
#[tokio::test]
async fn plain_admission_happens_once_a_call() {
    let world = World::start().await;
    let id = CallId::generate();
    let call = Call { model: "gpt-4o", output_tokens: Some(10), is_priced: true, rate: 5, ..Call::default() };
    let admission = call.admission(id, world.price_version);
    let first = ledger::calls::admit_plain(&world.database, &admission).await.unwrap().unwrap();
    assert!(ledger::calls::admit_plain(&world.database, &admission).await.unwrap().is_none());
    let Verdict::Admitted(again) = ledger::calls::admit(&world.database, &admission).await.unwrap() else {
        panic!()
    };
    assert_eq!(compared(&first), compared(&again));
    assert_eq!(first.opened_at, again.opened_at);
    assert_eq!(world.db.rows("select id from open_calls").await.len(), 1);
}
