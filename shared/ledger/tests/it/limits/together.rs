//! Calls of one caller that are admitted and settled together: as one after the other.

use domain::calls::{Admission, Admitted, Verdict};
use domain::ids::CallId;
use futures_util::future::join_all;
use ledger::calls::{admit, settle};
use ledger::{Database, prices};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use testkit::TestDb;

use super::calls::{actor, admission, record};
use super::model::RATE;

/// The first has no price, so that a hard limit on money refuses it, which changes nothing. It goes at once, and the
/// others together behind it.
const UNPRICED: usize = 1;
const CALLS: usize = 10;
const ROUNDS: usize = 25;

/// Kind and id of the subject, metric, amount and mode. The first refuses calls without a price and nothing else.
const LIMITS: [(&str, &str, &str, i64, &str); 7] = [
    ("global", "", "usd", 900_000_000 * RATE, "hard"),
    ("label", "*", "tokens", 45_000, "hard"),
    ("label", "one", "usd", 30_000 * RATE, "hard"),
    ("label", "one", "requests", 60, "hard"),
    ("tag", "team=*", "concurrency", 9, "hard"),
    ("tag", "team=a", "tokens", 2_000, "soft"),
    ("label", "two", "tokens", 9_000, "hard"),
];

#[derive(Debug, Clone)]
struct Call {
    output_tokens: Option<i64>,
    stream: bool,
    tier: Option<&'static str>,
    used: Option<i64>,
    is_settled: bool,
}

fn a_call() -> impl Strategy<Value = Call> {
    (
        proptest::option::of(prop_oneof![10_i64..900, Just(40_000)]),
        any::<bool>(),
        proptest::option::of(Just("flex")),
        proptest::option::of(0_i64..900),
        proptest::bool::weighted(0.7),
    )
        .prop_map(|(output_tokens, stream, tier, used, is_settled)| Call {
            output_tokens,
            stream,
            tier,
            used,
            is_settled,
        })
}

pub(super) struct World {
    pub(super) db: TestDb,
    pub(super) database: Database,
    pub(super) price_version: i64,
    open: Vec<(CallId, Admitted)>,
}

impl World {
    pub(super) async fn start(limits: &[(&str, &str, &str, i64, &str)]) -> Self {
        let db = TestDb::create().await;
        actor(&db).await;
        let database = db.open();
        for (place, (kind, subject, metric, amount, mode)) in limits.iter().enumerate() {
            // The same ids in both databases, and so the same order of locks.
            db.execute(&format!(
                "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
                values ('00000000-0000-7000-8000-00000000000{place}', '{kind}', '{subject}', '{metric}', 'total',
                    {amount}, '{mode}')"
            ))
            .await;
        }
        let price_version = prices::load(&database).await.unwrap().version();
        Self { db, database, price_version, open: Vec::new() }
    }

    fn admissions<'a>(
        &self,
        calls: &'a [Call],
        label: &'static str,
        tags: Option<&'a Value>,
    ) -> Vec<Admission<'a>> {
        let of = |call: &'a Call| Admission {
            label: Some(label),
            tags,
            stream: call.stream,
            service_tier: call.tier,
            ..admission(CallId::generate(), self.price_version, call.output_tokens)
        };
        let mut admissions: Vec<_> = calls.iter().map(of).collect();
        for unpriced in admissions.iter_mut().take(UNPRICED) {
            unpriced.bound.price = None;
        }
        admissions
    }

    fn note(&mut self, admissions: &[Admission<'_>], verdicts: &[Verdict]) {
        for (admission, verdict) in admissions.iter().zip(verdicts) {
            if let Verdict::Admitted(admitted) = verdict {
                self.open.push((admission.id, admitted.clone()));
            }
        }
    }

    /// What both databases must hold alike.
    pub(super) async fn state(&self) -> [Vec<Value>; 4] {
        let rows = async |sql: &str| self.db.rows(sql).await;
        [
            rows(
                "select limit_id, subject_id, settled, reserved, overrun, excess, refusals, overruns
                from limit_windows order by limit_id, subject_id",
            )
            .await,
            rows(
                "select limit_id, subject_id, kind, threshold, cap from limit_events
                order by limit_id, subject_id, kind, threshold, cap",
            )
            .await,
            rows(
                "select o.stream, o.service_tier, o.input_bound_tokens, o.output_bound_tokens, o.reserved_pico_usd,
                    o.user_label, o.tags, o.window_amounts, array(
                        select w.limit_id from unnest(o.window_ids) with ordinality as held (id, place)
                        join limit_windows w on w.id = held.id order by held.place
                    ) as limits
                from open_calls o
                order by o.output_bound_tokens, o.stream, o.service_tier, o.window_amounts, o.user_label, o.tags::text",
            )
            .await,
            rows("select status, output_tokens, cost_pico_usd from usage_logs order by 1, 2, 3").await,
        ]
    }
}

/// Without what no two calls share.
pub(super) fn compared(verdict: &Verdict) -> String {
    let Verdict::Admitted(admitted) = verdict else { return format!("{verdict:?}") };
    format!(
        "{:?}",
        (
            admitted.input_bound_tokens,
            admitted.output_bound_tokens,
            admitted.reserved,
            &admitted.user_label,
            &admitted.reservations.amounts,
            &admitted.limits,
        )
    )
}

#[tokio::test]
async fn calls_under_limits_are_admitted_and_settled_together_as_one_after_the_other() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]);
    let mut random = TestRunner::new_with_rng(Config::default(), rng);
    let (mut together, mut in_turn) = (World::start(&LIMITS).await, World::start(&LIMITS).await);
    let teams = [None, Some(json!({"team": "a"})), Some(json!({"team": "b"}))];
    let (mut admitted, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let calls =
            proptest::collection::vec(a_call(), UNPRICED + CALLS).new_tree(&mut random).unwrap().current();
        let label = ["one", "two", "three"][round % 3];
        let tags = teams[(round / 3) % 3].as_ref();

        let batch = together.admissions(&calls, label, tags);
        let decided = join_all(batch.iter().map(|call| admit(&together.database, call))).await;
        let decided: Vec<Verdict> = decided.into_iter().map(Result::unwrap).collect();
        let single = in_turn.admissions(&calls, label, tags);
        for (call, decided) in single.iter().zip(&decided) {
            let alone = admit(&in_turn.database, call).await.unwrap();
            assert_eq!(compared(decided), compared(&alone), "round {round}");
            if matches!(alone, Verdict::Admitted(_)) {
                admitted += 1;
            } else {
                refused += 1;
            }
            in_turn.note(std::slice::from_ref(call), &[alone]);
        }
        together.note(&batch, &decided);
        assert_eq!(together.state().await, in_turn.state().await, "round {round}, admitted");

        let count = together.open.len();
        let is_due = |place: usize| calls[place % calls.len()].is_settled;
        let used = |place: usize| calls[place % calls.len()].used;
        let records = |world: &World| -> Vec<_> {
            (0..count)
                .filter(|place| is_due(*place))
                .map(|place| {
                    let (id, admitted) = &world.open[place];
                    (record(*id, admitted, used(place)), admitted.reservations.clone())
                })
                .collect()
        };
        let due = records(&together);
        let settled =
            join_all(due.iter().map(|(record, held)| settle(&together.database, record, held))).await;
        settled.into_iter().collect::<Result<(), _>>().unwrap();
        for (record, held) in records(&in_turn) {
            settle(&in_turn.database, &record, &held).await.unwrap();
        }
        for world in [&mut together, &mut in_turn] {
            let mut place = 0..;
            world.open.retain(|_| !is_due(place.next().unwrap()));
        }
        assert_eq!(together.state().await, in_turn.state().await, "round {round}, settled");
    }
    assert!(admitted > 50 && refused > 80, "{admitted} admitted, {refused} refused");
    let batches = "select xmin::text from usage_logs group by 1 having count(*) > 1";
    assert!(together.db.rows(batches).await.len() > ROUNDS / 2, "hardly any batches");
}
