//! Migrations while a report reads for long and calls are written: no call waits for longer than three seconds.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ledger::migrate;
use serde_json::json;
use testkit::TestDb;

const LIMIT: Duration = Duration::from_secs(3);

const INSERT: &str = "
    insert into usage_logs (id, started_at, user_label, model, endpoint, status, stream, attempts, input_tokens,
        uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
        audio_output_tokens)
    select gen_random_uuid(), now(), 'a', 'm', 'moderations', 'settled', false, 1, 1, 1, 0, 0, 0, 1, 0, 0";

/// A statement that waits for the lock that the migration waits for, or has it.
const WAITING: &str = "
    select from pg_locks l join pg_stat_activity a using (pid)
    where a.datname = current_database() and not l.granted and l.locktype in ('relation', 'virtualxid')
        and a.query not like '%insert into usage_logs%'";

/// Runs the files of this release and `more` while a report holds the ledger and calls are written. The report ends
/// after the migration has given up on its lock for `refusals` times. Returns what was applied.
async fn migrate_under_traffic(
    db: &TestDb,
    more: &[(&'static str, &'static str)],
    refusals: u32,
) -> Vec<&'static str> {
    let mut reader = db.client().await;
    let report = reader.transaction().await.unwrap();
    report.query("select count(*) from usage_logs", &[]).await.unwrap();
    let (is_over, longest_ms, calls) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    let writer = db.client().await;
    let write = async {
        while !is_over.load(Ordering::Relaxed) {
            let started = Instant::now();
            writer.batch_execute(INSERT).await.unwrap();
            longest_ms.fetch_max(started.elapsed().as_millis().try_into().unwrap(), Ordering::Relaxed);
            calls.fetch_add(1, Ordering::Relaxed);
        }
    };
    let observe = async {
        for _ in 0..refusals {
            for is_waiting in [true, false] {
                while db.rows(WAITING).await.is_empty() == is_waiting {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
        report.rollback().await.unwrap();
    };
    let database = db.open();
    let run = async {
        let applied = migrate::run_with(&database, more).await.unwrap();
        is_over.store(true, Ordering::Relaxed);
        applied
    };
    let (applied, (), ()) = tokio::join!(run, observe, write);
    let longest = Duration::from_millis(longest_ms.into_inner().into());
    assert!(longest < LIMIT, "a call waited for {longest:?}");
    assert!(calls.into_inner() > refusals, "calls went on");
    applied
}

#[tokio::test]
async fn change_of_the_ledger_lets_calls_pass_while_a_report_holds_it() {
    let db = TestDb::create().await;
    let name = "29991231000000_usage_logs_probe";
    let applied =
        migrate_under_traffic(&db, &[(name, "alter table usage_logs add column probe int;")], 2).await;
    assert!(applied.contains(&name), "{applied:?}");
    assert!(db.rows("select probe from usage_logs limit 1").await.len() == 1);
}

/// This index was built in one transaction with a lock that stopped every settlement for as long as it took.
#[tokio::test]
async fn index_of_the_ledger_is_built_while_calls_are_written() {
    let db = TestDb::create().await;
    let name = "20261201160100_usage_logs_free_calls_idx";
    db.execute(INSERT).await;
    db.execute("drop index usage_logs_free_calls_idx").await;
    db.execute(&format!("delete from schema_migrations where name = '{name}'")).await;
    let applied = migrate_under_traffic(&db, &[], 1).await;
    assert!(applied.contains(&name), "{applied:?}");
    let state = "select indisvalid as is_valid,
            (select count(*)::int from pg_inherits where inhparent = 'usage_logs_free_calls_idx'::regclass)
                - (select count(*)::int from pg_inherits where inhparent = 'usage_logs'::regclass) as missing
        from pg_index where indexrelid = 'usage_logs_free_calls_idx'::regclass";
    assert_eq!(db.rows(state).await, [json!({"is_valid": true, "missing": 0})]);
}

#[tokio::test]
async fn index_that_was_left_invalid_is_built_again() {
    let db = TestDb::create().await;
    db.execute("create table probes (n int, name text); insert into probes values (1, 'one'), (1, 'two')")
        .await;
    // Duplicates end the build, and leave an invalid index behind.
    let sql = "-- concurrently\ncreate unique index probes_n_idx on probes (n)\nwhere n is not null;\n";
    let failed = [("29991231000000_probes_n_idx", sql)];
    let error = migrate::run_with(&db.open(), &failed).await.unwrap_err().to_string();
    assert_eq!(error, "applying 29991231000000_probes_n_idx failed");
    let valid = "select indisvalid as is_valid from pg_index where indexrelid = to_regclass('probes_n_idx')";
    assert_eq!(db.rows(valid).await, [json!({"is_valid": false})]);
    db.execute("delete from probes where name = 'two'").await;
    migrate::run_with(&db.open(), &failed).await.unwrap();
    assert_eq!(db.rows(valid).await, [json!({"is_valid": true})]);
}

#[tokio::test]
async fn failing_file_keeps_those_before_it_and_releases_the_lock() {
    let db = TestDb::create().await;
    let first = ("29991231000000_first", "create table first_table ();");
    let second = ("29991231000001_second", "create table second_table (); select 1 / 0;");
    let error = migrate::run_with(&db.open(), &[first, second]).await.unwrap_err().to_string();
    assert_eq!(error, "applying 29991231000001_second failed");
    let tables = "select to_regclass('first_table') is not null as first, to_regclass('second_table') is null as second";
    assert_eq!(db.rows(tables).await, [json!({"first": true, "second": true})]);
    let second = (second.0, "create table second_table ();");
    let applied = migrate::run_with(&db.open(), &[first, second]).await.unwrap();
    assert!(applied.starts_with(&["29991231000001_second"]), "{applied:?}");
    let third = ("29991231000002_no_index", "-- concurrently\nselect 1;");
    let error = migrate::run_with(&db.open(), &[first, second, third]).await;
    assert!(error.unwrap_err().to_string().contains("is marked `-- concurrently`"));
}
