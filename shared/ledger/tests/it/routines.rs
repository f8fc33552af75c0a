//! Routines: one a file, applied again when they change, and free of what `plpgsql_check` warns about.

use std::collections::{BTreeMap, BTreeSet};

use ledger::migrate;
use testkit::TestDb;
use tokio_postgres::error::SqlState;

/// The last migration that was allowed to create functions and views; they have files of their own since.
const LAST_WITH_ROUTINES: &str = "20261127330000_usage_ledger_sums_create";

/// Functions and views of the schema, each with its object id.
const ROUTINES: &str = "
    select p.oid, 'pg_proc'::regclass::oid as class, p.proname::text as name
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    union all
    select c.oid, 'pg_class'::regclass::oid, c.relname::text
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')";

fn routines() -> BTreeMap<&'static str, &'static str> {
    migrate::files()
        .into_iter()
        .filter_map(|(path, sql)| Some((path.strip_prefix("routines/")?, sql)))
        .collect()
}

fn migrations() -> Vec<(&'static str, &'static str)> {
    migrate::files().into_iter().filter(|(name, _)| name.starts_with("20")).collect()
}

/// The words of a file without its comments, in lower case.
fn words(sql: &str) -> Vec<String> {
    let code = sql.lines().map(|line| line.split("--").next().unwrap()).collect::<Vec<_>>().join(" ");
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The statement that creates a routine, if there is one.
fn created_routine(words: &[String]) -> Option<String> {
    let modifiers = ["or", "replace", "materialized", "temp", "temporary", "recursive", "constraint"];
    let kinds = ["function", "procedure", "aggregate", "view", "trigger"];
    (0..words.len()).filter(|at| words[*at] == "create").find_map(|at| {
        let kind = words[at + 1..].iter().find(|word| !modifiers.contains(&word.as_str()))?;
        kinds
            .contains(&kind.as_str())
            .then(|| words[at..].iter().take(6).cloned().collect::<Vec<_>>().join(" "))
    })
}

#[test]
fn new_migrations_neither_create_nor_call_routines() {
    for (name, sql) in migrations().into_iter().filter(|(name, _)| *name > LAST_WITH_ROUTINES) {
        let words = words(sql);
        assert_eq!(created_routine(&words), None, "{name}: put it into migrations/routines/");
        for routine in routines().keys() {
            let mut uses = words.iter().enumerate().filter(|(_, word)| word == routine);
            let is_dropped = |at: usize| words[..at].iter().rev().take(4).any(|word| word == "drop");
            assert!(uses.all(|(at, _)| is_dropped(at)), "{name} uses {routine}, which is created after it");
        }
    }
}

#[test]
fn creation_of_a_routine_is_recognised() {
    for sql in [
        "create function f() returns void",
        "CREATE OR REPLACE\n FUNCTION f()",
        "create materialized view v as",
        "alter table t add column c int; create or replace trigger g after insert on t",
    ] {
        assert!(created_routine(&words(sql)).is_some(), "{sql}");
    }
    for sql in ["create table views (id int)", "-- create function f()\ndrop function f()"] {
        assert_eq!(created_routine(&words(sql)), None, "{sql}");
    }
}

#[tokio::test]
async fn every_function_and_view_has_a_file() {
    let db = TestDb::create().await;
    let found = db.rows(&format!("select r.name from ({ROUTINES}) as r")).await;
    let found: Vec<&str> = found.iter().map(|row| row["name"].as_str().unwrap()).collect();
    let names: BTreeSet<&str> = found.iter().copied().collect();
    assert_eq!(names, routines().into_keys().collect());
    assert_eq!(found.len(), names.len(), "a routine is overloaded");
}

#[tokio::test]
async fn files_require_exactly_what_their_definitions_are_bound_to() {
    let db = TestDb::create().await;
    let dependencies = db
        .rows(&format!(
            "with routines as ({ROUTINES})
            select distinct of.name as of, required.name as required
            from pg_depend d
            left join pg_rewrite rule on d.classid = 'pg_rewrite'::regclass and rule.oid = d.objid
            join routines of
                on (of.class, of.oid) = (d.classid, d.objid)
                or (of.class, of.oid) = ('pg_class'::regclass, rule.ev_class)
            join routines required on (required.class, required.oid) = (d.refclassid, d.refobjid)
            where of.oid <> required.oid"
        ))
        .await;
    let mut bound: BTreeMap<&str, BTreeSet<&str>> =
        routines().into_keys().map(|name| (name, BTreeSet::new())).collect();
    for row in &dependencies {
        let of = bound.get_mut(row["of"].as_str().unwrap()).unwrap();
        of.insert(row["required"].as_str().unwrap());
    }
    let declared: BTreeMap<&str, BTreeSet<&str>> = routines()
        .into_iter()
        .map(|(name, sql)| {
            let header = sql.lines().next().unwrap().strip_prefix("-- requires: ");
            (name, header.map(|names| names.split(", ").collect()).unwrap_or_default())
        })
        .collect();
    assert_eq!(declared, bound);
}

#[tokio::test]
async fn changed_and_dropped_routines_are_applied_again() {
    let db = TestDb::create().await;
    let definition = "select pg_get_functiondef('calls_release'::regproc) as body";
    let released = db.rows(definition).await;
    db.execute(
        "create or replace function calls_release(call_id uuid) returns boolean language sql return false;
        update schema_routines set checksum = '\\x00' where name = 'calls_release';
        drop view usage_calls;
        drop function usage_bin(integer) cascade;
        insert into schema_routines (name, checksum) values ('removed', '\\x00')",
    )
    .await;
    let applied = migrate::run(&db.open()).await.unwrap();
    // What was bound to a dropped function went with it.
    let names = ["calls_release", "usage_bin", "usage_calls", "usage_histogram", "usage_changes"];
    assert_eq!(applied, names.map(|name| format!("routines/{name}")));
    assert_eq!(db.rows(definition).await, released);
    let granted = "select has_table_privilege('tokenmeter_summary', 'usage_calls', 'select') as granted";
    assert_eq!(db.rows(granted).await[0]["granted"], true);
    assert!(db.rows("select from schema_routines where name = 'removed'").await.is_empty());
    assert!(migrate::run(&db.open()).await.unwrap().is_empty());
}

#[tokio::test]
async fn failing_routine_leaves_everything_as_it_was() {
    let db = TestDb::create().await;
    db.execute(
        "drop function calls_release(uuid);
        create function calls_release(call_id uuid) returns text language sql return 'other';
        update schema_routines set checksum = '\\x00' where name in ('calls_admit', 'calls_release')",
    )
    .await;
    let error = migrate::run(&db.open()).await.unwrap_err().to_string();
    assert_eq!(error, "applying routines/calls_release failed");
    let current = db.rows("select name from schema_routines where checksum = '\\x00' order by name").await;
    assert_eq!(current.len(), 2, "calls_admit was applied although calls_release failed");
}

/// CI installs the extension; elsewhere a server may lack it.
#[tokio::test]
async fn plpgsql_check_has_nothing_to_report() {
    let db = TestDb::create().await;
    let client = db.client().await;
    if let Err(error) = client.batch_execute("create extension plpgsql_check").await {
        let missing = [SqlState::UNDEFINED_FILE, SqlState::FEATURE_NOT_SUPPORTED];
        assert!(error.code().is_some_and(|code| missing.contains(code)), "{error:?}");
        assert!(!is_ci(), "CI needs the Debian package postgresql-<version>-plpgsql-check");
        eprintln!("SKIPPED: the server has no plpgsql_check (Debian: postgresql-<version>-plpgsql-check)");
        return;
    }
    let checked = "
        select p.oid, p.proname::text as name, coalesce(t.tgrelid, 0) as relation
        from pg_proc p
        join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
        left join pg_trigger t on t.tgfoid = p.oid and not t.tgisinternal and t.tgparentid = 0
        where p.pronamespace = 'public'::regnamespace
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')";
    assert!(db.rows(checked).await.len() > 10, "the schema has more functions than that");
    let reports = db
        .rows(&format!(
            "select f.name, report.level, report.message, report.detail, report.context
            from ({checked}) as f
            cross join lateral plpgsql_check_function_tb(f.oid, f.relation, all_warnings => true) as report"
        ))
        .await;
    assert!(reports.is_empty(), "{reports:#?}");
}

fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}
