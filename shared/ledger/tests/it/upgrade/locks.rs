//! What files lock while they are applied, as Postgres lists it.

use ledger::migrate;
use serde_json::json;
use testkit::TestDb;

/// Records behind each statement of DDL which tables its transaction has locked so that calls cannot write them. A table
/// is locked first by the transaction that creates it.
const RECORD_LOCKS: &str = "
    create table locks (transaction_id bigint, table_id oid, name text, primary key (transaction_id, table_id));
    create function record_locks() returns event_trigger language plpgsql as $$
        begin
            insert into locks
            select txid_current(), l.relation, c.relname
            from pg_locks l
            join pg_class c on c.oid = l.relation and c.relkind in ('r', 'p') and c.relname <> 'locks'
            where l.pid = pg_backend_pid()
                and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
            on conflict do nothing;
        end
    $$;
    create event trigger record_locks on ddl_command_end execute function record_locks();";
/// Transactions that locked several of the tables which calls write in more than one order.
const OF_SEVERAL_TABLES: &str = "
    with held as (
        select transaction_id, name, transaction_id = min(transaction_id) over (partition by table_id) as is_new
        from locks
    )
    select array_agg(h.name order by h.name) as tables, max(m.name) as migration
    from held h
    left join schema_migrations m on m.xmin::text::bigint = h.transaction_id
    where not h.is_new and h.name in ('limit_windows', 'open_calls', 'usage_logs')
    group by h.transaction_id
    having count(*) > 1";

/// Admission locks windows and then open calls, settlement open calls and then the ledger, release open calls and then
/// windows. A migration that holds one of them and waits for another is waited for by a call that holds the other, and
/// so never gets both while there are calls.
#[tokio::test]
async fn no_file_locks_two_tables_that_calls_write() {
    let db = TestDb::empty().await;
    db.execute(RECORD_LOCKS).await;
    migrate::run(&db.open()).await.unwrap();
    let alone = "select count(*) from locks where name in ('limit_windows', 'open_calls', 'usage_logs')";
    assert!(db.rows(alone).await[0]["count"].as_i64().unwrap() > 3, "later migrations lock these tables too");
    assert_eq!(db.rows(OF_SEVERAL_TABLES).await, Vec::<serde_json::Value>::new());

    let two = "create index on limit_windows (subject_id); alter table open_calls add column more int;";
    migrate::run_with(&db.open(), &[("29990101000000_two", two)]).await.unwrap();
    let expected = json!({ "tables": ["limit_windows", "open_calls"], "migration": "29990101000000_two" });
    assert_eq!(db.rows(OF_SEVERAL_TABLES).await, [expected], "a file that does is found");
}
