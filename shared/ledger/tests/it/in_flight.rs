//! Limits made while calls come and go: each call is counted once, whichever side of that moment its parts are on.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::calls::Verdict;
use domain::ids::CallId;
use domain::limits::{LimitFacts, LimitSubject, Metric, Mode, Period, Unbounded};
use ledger::calls;
use ledger::limits::changes;
use ledger::prices;
use serde_json::json;
use testkit::TestDb;

use crate::limits::{actor, admission, record};

fn facts(subject: LimitSubject, metric: Metric) -> LimitFacts {
    let time_zone = "UTC".to_owned();
    LimitFacts {
        subject,
        metric,
        period: Period::Total,
        amount: 1_000_000_000_000,
        mode: Mode::Hard,
        time_zone,
        unbounded: Unbounded::Reserve,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limit_created_among_calls_counts_each_once() {
    let db = TestDb::create().await;
    let database = db.open();
    let price_version = prices::load(&database).await.unwrap().version();
    let (actor, is_over) = (actor(&db).await, AtomicBool::new(false));
    let caller = async || {
        let database = db.open();
        let mut calls = 0;
        while !is_over.load(Ordering::Relaxed) {
            let id = CallId::generate();
            let admission = admission(id, price_version, Some(50));
            let Verdict::Admitted(admitted) = calls::admit(&database, &admission).await.unwrap() else {
                panic!("refused")
            };
            let record = record(id, &admitted, Some(calls % 40));
            calls::settle(&database, &record, &admitted.reservations).await.unwrap();
            calls += 1;
        }
        calls
    };
    let administrator = async {
        for subject in [LimitSubject::Global, LimitSubject::Label("one".into())] {
            for metric in [Metric::Requests, Metric::Tokens, Metric::Usd, Metric::Concurrency] {
                tokio::time::sleep(std::time::Duration::from_millis(40)).await;
                changes::create(&database, &facts(subject.clone(), metric), &actor).await.unwrap();
            }
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let (one, two, three, four, ()) = tokio::join!(caller(), caller(), caller(), caller(), administrator);
    assert!(one + two + three + four > 50);
    assert!(db.rows("select id from open_calls").await.is_empty());
    let counts = "select l.metric, w.settled + w.overrun as used, w.reserved, (
            select case l.metric
                when 'requests' then count(*)
                when 'tokens' then sum(u.input_tokens + u.output_tokens)
                when 'usd' then sum(u.cost_pico_usd)
                else 0
            end
            from usage_logs u
        )::bigint as ledger
        from limits l join limit_windows w on w.limit_id = l.id";
    let counts = db.rows(counts).await;
    assert_eq!(counts.len(), 8);
    for count in counts {
        assert_eq!((&count["used"], &count["reserved"]), (&count["ledger"], &json!(0)), "{count}");
    }
}

#[tokio::test]
async fn calls_do_not_wait_long_while_a_limit_is_created() {
    let db = TestDb::create().await;
    let actor = actor(&db).await;
    let mut client = db.client().await;
    let transaction = client.transaction().await.unwrap();
    transaction.batch_execute("lock table open_calls in access share mode").await.unwrap();
    let facts = facts(LimitSubject::Global, Metric::Requests);
    let refused = changes::create(&db.open(), &facts, &actor).await.unwrap_err();
    let ledger::change::ChangeError::Database(error) = refused else { panic!("{refused:?}") };
    assert!(error.is_transient(), "{error:?}");
    assert!(db.rows("select id from limits").await.is_empty());
    transaction.rollback().await.unwrap();
    changes::create(&db.open(), &facts, &actor).await.unwrap();
}
