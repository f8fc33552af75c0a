//! Sealing beside settlements, other sealers, rebuilds and deaths.

use std::time::Duration;

use ledger::rollups::{self, Pace};
use serde_json::json;
use testkit::TestDb;
use tokio_postgres::Client;

use super::{AT_ONCE, differences, rows, settled, total};

/// Whether somebody waits for a lock of that kind.
async fn is_waiting(watcher: &Client, kind: &str) -> bool {
    let waiting = "select exists (select from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and wait_event = $1)";
    watcher.query_one(waiting, &[&kind]).await.unwrap().get(0)
}

/// Beside the test, which watches it.
#[expect(clippy::disallowed_methods, reason = "a test is no function")]
fn apart<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(future)
}

/// Until a task has ended or waits for a lock.
async fn stopped<T>(task: &tokio::task::JoinHandle<T>, watcher: &Client, kind: &str) {
    while !task.is_finished() && !is_waiting(watcher, kind).await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settlement_that_commits_late_is_still_sealed() {
    let db = TestDb::create().await;
    let (mut settler, watcher) = (db.client().await, db.client().await);
    let settlement = settler.transaction().await.unwrap();
    settlement.batch_execute(&settled(1)).await.unwrap();
    let database = db.open();
    let sealer = apart(async move { rollups::seal(&database, AT_ONCE).await });
    stopped(&sealer, &watcher, "advisory").await;
    settlement.commit().await.unwrap();
    sealer.await.unwrap().unwrap();
    rollups::seal(&db.open(), AT_ONCE).await.unwrap();
    assert_eq!(total(&db).await, json!({"calls": 1, "tokens": 1}));
    assert_eq!(differences(&db).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sealers_beside_settlements_count_every_row_once() {
    let db = TestDb::create().await;
    db.execute(&rows("'2026-11-03T10:00:00Z'::timestamptz + n * interval '1 minute'", 3000)).await;
    let small = Pace { chunk_rows: 100, ..AT_ONCE };
    let sealer = |database: ledger::Database| async move {
        for _ in 0..20 {
            rollups::seal(&database, small).await.unwrap();
        }
    };
    let settlements = async {
        let client = db.client().await;
        for _ in 0..100 {
            client.batch_execute(&settled(3)).await.unwrap();
        }
    };
    tokio::join!(sealer(db.open()), sealer(db.open()), settlements);
    rollups::seal(&db.open(), AT_ONCE).await.unwrap();
    assert_eq!(total(&db).await, json!({"calls": 3300, "tokens": 3000 * 3001 / 2 + 600}));
    assert_eq!(differences(&db).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_sealer_leaves_no_partial_sums() {
    let db = TestDb::create().await;
    db.execute(&rows("'2026-11-03T10:00:00Z'::timestamptz + n * interval '1 minute'", 100)).await;
    let (mut blocker, watcher) = (db.client().await, db.client().await);
    let block = blocker.transaction().await.unwrap();
    // The quarters of an hour are written when the sealer stops here.
    block.batch_execute("lock table usage_rollups_month in share mode").await.unwrap();
    let database = db.open();
    let sealer = apart(async move { rollups::seal(&database, AT_ONCE).await });
    stopped(&sealer, &watcher, "relation").await;
    let kill = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock'";
    assert_eq!(watcher.query(kill, &[]).await.unwrap().len(), 1);
    sealer.await.unwrap().unwrap_err();
    block.commit().await.unwrap();
    assert_eq!(db.rows("select calls from usage_rollups").await.len(), 0);
    rollups::seal(&db.open(), AT_ONCE).await.unwrap();
    assert_eq!(total(&db).await, json!({"calls": 100, "tokens": 5050}));
    assert_eq!(differences(&db).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn settlements_do_not_wait_for_a_rebuild() {
    let db = TestDb::create().await;
    let (mut rebuilder, watcher, settler) = (db.client().await, db.client().await, db.client().await);
    let rebuild = rebuilder.transaction().await.unwrap();
    rebuild.batch_execute("select from usage_rollup_state for update").await.unwrap();
    let database = db.open();
    let sealer = apart(async move { rollups::move_mark(&database, Duration::ZERO).await });
    stopped(&sealer, &watcher, "transactionid").await;
    settler.batch_execute("set lock_timeout = '1s'").await.unwrap();
    settler.batch_execute(&settled(1)).await.unwrap();
    assert!(is_waiting(&watcher, "transactionid").await, "the sealer waits, and the settlement did not");
    rebuild.commit().await.unwrap();
    sealer.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_settlement_stops_the_sealer_but_not_other_settlements() {
    let db = TestDb::create().await;
    let (mut hanging, settler) = (db.client().await, db.client().await);
    let settlement = hanging.transaction().await.unwrap();
    settlement.batch_execute(&settled(1)).await.unwrap();
    let error = rollups::seal(&db.open(), AT_ONCE).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    settler.batch_execute(&settled(1)).await.unwrap();
    settlement.commit().await.unwrap();
    rollups::seal(&db.open(), AT_ONCE).await.unwrap();
    assert_eq!(total(&db).await, json!({"calls": 2, "tokens": 2}));
}

#[tokio::test]
async fn rows_stay_unsealed_for_the_margin() {
    let db = TestDb::create().await;
    db.execute(&settled(1)).await;
    rollups::seal(&db.open(), Pace { margin: Duration::from_mins(1), ..AT_ONCE }).await.unwrap();
    assert_eq!(total(&db).await, json!({"calls": null, "tokens": null}));
}
