//! The migration runner: each file once, and never over an edited file.

use ledger::{migrate, partitions};
use testkit::TestDb;

#[tokio::test]
async fn empty_database_gets_every_migration_once() {
    let db = TestDb::empty().await;
    let database = db.open();
    let applied = migrate::run(&database).await.unwrap();
    assert_eq!(applied.len(), migrate::files().len());
    assert!(migrate::run(&database).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_runs_apply_each_file_once() {
    let db = TestDb::empty().await;
    let (one, two) = (db.open(), db.open());
    let (one, two) = tokio::join!(migrate::run(&one), migrate::run(&two));
    assert_eq!(one.unwrap().len() + two.unwrap().len(), migrate::files().len());
}

#[tokio::test]
async fn edited_file_is_refused_by_name() {
    let db = TestDb::create().await;
    let name = migrate::files()[0].0;
    record_checksum(&db, name, "00").await;
    let error = migrate::run(&db.open()).await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!("migration {name} was edited after it was applied: restore it and add a new one")
    );
}

async fn record_checksum(db: &TestDb, name: &str, checksum: &str) {
    let sql = format!(
        "update schema_migrations set checksum = decode('{checksum}', 'hex') where name = '{name}' returning name"
    );
    assert_eq!(db.client().await.query(&sql, &[]).await.unwrap().len(), 1, "{name} was applied");
}

/// Databases that ran the former text of a file that was rewritten are in the same state as others.
#[tokio::test]
async fn former_text_of_a_rewritten_file_is_accepted() {
    let db = TestDb::create().await;
    let former = "b6a86b36bf827caaa300b07ce232c98443a2b49dfdcc3984573dd198aac3e8df";
    record_checksum(&db, "20261201130400_calls_admit_tool_calls", former).await;
    assert!(migrate::run(&db.open()).await.unwrap().is_empty());
}

/// The second half of a file that was split is applied to a database that ran both as one.
#[tokio::test]
async fn former_text_of_a_split_file_is_accepted() {
    let db = TestDb::create().await;
    let halves = [
        (
            "20261201130200_limits_unbounded",
            "f97dfd8b0c044538c41dff2da5d358a57b1333cae32ba968c293721cd6dd23ad",
            "20261201130210_open_calls_tool_call_bound",
        ),
        (
            "20261204100000_usage_logs_provider",
            "a12b35f77687f834774ddd55e3206f1d5c8577831e18bc1f800c6a2dec0da6bc",
            "20261204100010_open_calls_provider",
        ),
    ];
    for (first, former, second) in halves {
        record_checksum(&db, first, former).await;
        db.execute(&format!("delete from schema_migrations where name = '{second}'")).await;
    }
    let applied = migrate::run(&db.open()).await.unwrap();
    assert_eq!(applied[..2], halves.map(|(_, _, second)| second));
    assert!(applied[2..].iter().all(|name| name.starts_with("access/")), "{applied:?}");
}

#[tokio::test]
async fn rows_in_the_default_partition_move_to_their_month() {
    let db = TestDb::create().await;
    let rows = "select tableoid::regclass::text as partition from usage_logs order by created_at";
    db.execute("do $$ declare t text; begin
        for t in select inhrelid::regclass::text from pg_inherits where inhparent = 'usage_logs'::regclass loop
            if t <> 'usage_logs_default' then execute 'drop table ' || t; end if;
        end loop; end $$").await;
    // An insert does not fail for want of a partition.
    db.execute(
        "insert into usage_logs (id, started_at, user_label, model, endpoint, status, stream, attempts, input_tokens,
            uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
            audio_output_tokens)
        select gen_random_uuid(), now(), 'a', 'm', 'e', 'settled', false, 1, 1, 1, 0, 0, 0, 1, 0, 0",
    )
    .await;
    assert_eq!(db.rows(rows).await[0]["partition"], "usage_logs_default");
    assert_eq!(partitions::create_missing(&db.open()).await.unwrap(), 4);
    let partition = db.rows(rows).await[0]["partition"].as_str().unwrap().to_owned();
    assert!(partition.starts_with("usage_logs_2"), "{partition}");
    assert_eq!(partitions::create_missing(&db.open()).await.unwrap(), 0);
}
