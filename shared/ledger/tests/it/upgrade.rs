//! A database of the release before routines had files of their own, with data in it, under the present migrations.

mod in_flight;
mod locks;

use ledger::migrate;
use serde_json::{Value, json};
use testkit::TestDb;

/// The last migration of that release.
const LAST: &str = "20261127330000_usage_ledger_sums_create";

/// A key under three limits, one of them soft, that has made a settled call and has two in flight; a price of its own;
/// an event that is written already.
const DATA: &str = "
    insert into api_keys (id, name, scopes, user_label)
    values ('0198c0de-0000-7000-8000-00000000000a', 'app', array['chat'], 'team');
    insert into api_key_secrets (secret_hash, key_id, secret_prefix)
    values (decode(repeat('ab', 32), 'hex'), '0198c0de-0000-7000-8000-00000000000a', 'tm_abc');
    insert into model_prices (model, service_tier, effective_from, input, output)
    values ('m', 'default', '2026-01-01 00:00:00+00', 1000, 4000);
    insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
    values
        ('0198c0de-0000-7000-8000-0000000000b1', 'label', 'team', 'tokens', 'total', 100000, 'hard'),
        ('0198c0de-0000-7000-8000-0000000000b2', 'global', '', 'usd', 'total', 1000000, 'soft'),
        ('0198c0de-0000-7000-8000-0000000000b3', 'key', '0198c0de-0000-7000-8000-00000000000a', 'requests', 'total', 3,
            'hard');
    select c.verdict
    from generate_series(1, 3) as call (number)
    cross join lateral calls_admit(
        ('0198c0de-0000-7000-8000-0000000000c' || call.number)::uuid, decode(repeat('ab', 32), 'hex'),
        (select version from price_book), null, null, 'm', 'chat.completions', false, 'default', 100, 50, 16384, 1,
        100000, 4000, null, 60, null, '{\"a\": \"b\"}', null
    ) as c;
    insert into usage_logs (id, started_at, user_label, model, key_id, endpoint, status, stream, attempts, input_tokens,
        uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
        audio_output_tokens, cost_pico_usd)
    select id, opened_at, user_label, model, key_id, endpoint, 'settled', stream, 1, 90, 90, 0, 0, 0, 40, 0, 0, 250000
    from open_calls
    where id = '0198c0de-0000-7000-8000-0000000000c1';
    update open_calls
    set settled_at = clock_timestamp(), used_tokens = 130, used_pico_usd = 250000
    where id = '0198c0de-0000-7000-8000-0000000000c1';
    select calls_release('0198c0de-0000-7000-8000-0000000000c1')";

/// A fourth call of the key, by the function of the present release.
const FOURTH_CALL: &str = "
    select verdict, refusal ->> 'metric' as metric
    from calls_admit(
        '0198c0de-0000-7000-8000-0000000000c4', decode(repeat('ab', 32), 'hex'), (select version from price_book),
        null, null, 'm', 'chat.completions', false, 'default', 100, 50, 16384, 1, 100000, 4000, null, 60, null, null,
        null
    )";

/// Name and definition of every function and view.
const DEFINITIONS: &str = "
    select p.proname::text as name, pg_get_functiondef(p.oid) as definition, p.proacl::text as rights
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
    union all
    select v.viewname::text, v.definition, c.relacl::text
    from pg_views v
    join pg_class c on c.oid = format('public.%I', v.viewname)::regclass
    where v.schemaname = 'public'
    order by 1, 2";

async fn previous_release() -> TestDb {
    let db = TestDb::empty().await;
    let client = db.client().await;
    client
        .batch_execute(
            "create table schema_migrations (
                name text primary key,
                checksum bytea not null,
                applied_at timestamptz not null default clock_timestamp()
            )",
        )
        .await
        .unwrap();
    for (name, sql) in migrate::files().into_iter().take_while(|(name, _)| *name <= LAST) {
        client.batch_execute(sql).await.unwrap();
        let record =
            "insert into schema_migrations (name, checksum) values ($1, sha256(convert_to($2, 'UTF8')))";
        client.execute(record, &[&name, &sql]).await.unwrap();
    }
    client.batch_execute(DATA).await.unwrap();
    db
}

/// Every row of every table but those of the migrations themselves.
async fn data(db: &TestDb) -> Vec<(String, Vec<Value>)> {
    let tables = db
        .rows(
            "select c.relname::text as name
            from pg_class c
            where c.relnamespace = 'public'::regnamespace
                and c.relkind in ('r', 'p')
                and not c.relispartition
                and c.relname not like 'schema\\_%'
            order by c.relname",
        )
        .await;
    let mut found = Vec::new();
    for table in tables {
        let name = table["name"].as_str().unwrap().to_owned();
        let rows = db.rows(&format!("select to_jsonb(t) as row from {name} t order by t::text")).await;
        found.push((name, rows));
    }
    found
}

/// Every earlier row is as it was, whatever rows and columns were added; only the price book counts its changes.
fn assert_kept(before: &[(String, Vec<Value>)], after: &[(String, Vec<Value>)]) {
    for (table, rows) in before.iter().filter(|(table, _)| table != "price_book") {
        let (_, kept) = after.iter().find(|(name, _)| name == table).expect("the table is still there");
        let is_kept = |row: &&Value| {
            let columns = row["row"].as_object().unwrap();
            kept.iter().any(|later| columns.iter().all(|(name, value)| later["row"][name] == *value))
        };
        assert_eq!(
            rows.iter().filter(|row| !is_kept(row)).collect::<Vec<_>>(),
            Vec::<&Value>::new(),
            "{table}"
        );
        let is_seeded = ["model_prices", "model_aliases"].contains(&table.as_str());
        assert!(kept.len() == rows.len() || is_seeded, "{table} has other rows");
    }
}

#[tokio::test]
async fn data_stays_and_routines_are_current() {
    let db = previous_release().await;
    let before = data(&db).await;
    let count = |name: &str| before.iter().find(|(table, _)| table == name).unwrap().1.len();
    assert_eq!([count("usage_logs"), count("open_calls"), count("limit_windows")], [1, 2, 3]);

    let applied = migrate::run(&db.open()).await.unwrap();
    let newer: Vec<&str> =
        migrate::files().into_iter().map(|(name, _)| name).skip_while(|name| *name <= LAST).collect();
    assert_eq!(applied, newer);
    assert_kept(&before, &data(&db).await);

    let fresh = TestDb::create().await;
    assert_eq!(db.rows(DEFINITIONS).await, fresh.rows(DEFINITIONS).await);
    assert!(migrate::run(&db.open()).await.unwrap().is_empty(), "a second run has nothing to do");
}

#[tokio::test]
async fn rows_from_before_there_were_providers_are_openais() {
    let db = previous_release().await;
    migrate::run(&db.open()).await.unwrap();
    let call = db
        .rows(
            "select l.provider, l.cache_write_long_tokens + l.cached_audio_tokens + l.image_output_tokens as more, l.parts,
                (select min(o.provider) from open_calls o) as open
            from usage_logs l",
        )
        .await;
    assert_eq!(call, [json!({"provider": "openai", "more": 0, "parts": null, "open": "openai"})]);
    let own = "select provider, review_on, cache_write_long from model_prices where model = 'm'";
    assert_eq!(
        db.rows(own).await,
        [json!({"provider": "openai", "review_on": null, "cache_write_long": null})]
    );
    // Rows that one source has, or that are announced, wait for somebody to look at them.
    let seeded = "
        select provider, count(*) as rows, count(review_on) as to_review, count(distinct model) as models
        from model_prices
        where provider in ('anthropic', 'google') or provider = 'openai' and review_on is not null
        group by provider
        order by provider";
    assert_eq!(
        db.rows(seeded).await,
        [
            json!({"provider": "anthropic", "rows": 45, "to_review": 3, "models": 19}),
            json!({"provider": "google", "rows": 60, "to_review": 40, "models": 22}),
            json!({"provider": "openai", "rows": 11, "to_review": 11, "models": 5}),
        ]
    );
}

#[tokio::test]
async fn calls_and_reservations_of_the_previous_release_go_on() {
    let db = previous_release().await;
    migrate::run(&db.open()).await.unwrap();
    assert_eq!(db.rows(FOURTH_CALL).await, [json!({ "verdict": "limited", "metric": "requests" })]);
    db.execute(
        "update open_calls
        set settled_at = clock_timestamp(), used_tokens = 150, used_pico_usd = 300000
        where id = '0198c0de-0000-7000-8000-0000000000c2';
        select calls_release('0198c0de-0000-7000-8000-0000000000c2')",
    )
    .await;
    let windows =
        db.rows("select metric, settled, reserved, overrun from limit_windows order by limit_id").await;
    assert_eq!(
        windows,
        [
            json!({ "metric": "tokens", "settled": 280, "reserved": 150, "overrun": 0 }),
            json!({ "metric": "usd", "settled": 550_000, "reserved": 300_000, "overrun": 0 }),
            json!({ "metric": "requests", "settled": 2, "reserved": 1, "overrun": 0 }),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runners_at_once_upgrade_once() {
    let db = previous_release().await;
    let before = data(&db).await;
    let (one, two) = (db.open(), db.open());
    let (one, two) = tokio::join!(migrate::run(&one), migrate::run(&two));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(one.is_empty() != two.is_empty(), "one waits and finds nothing: {one:?} {two:?}");
    assert_kept(&before, &data(&db).await);
}

#[tokio::test]
async fn labels_of_keys_and_limits_are_normalised() {
    let db = previous_release().await;
    db.execute(
        "insert into api_keys (id, name, scopes, user_label)
        values ('0198c0de-0000-7000-8000-00000000000b', 'old', array['chat'], ' x ');
        insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
        values
            ('0198c0de-0000-7000-8000-0000000000d1', 'label', 'x', 'usd', 'day', 9, 'hard'),
            ('0198c0de-0000-7000-8000-0000000000d2', 'label', 'x ', 'usd', 'day', 5, 'hard'),
            ('0198c0de-0000-7000-8000-0000000000d3', 'label', U&'\\212B', 'usd', 'day', 7, 'soft')",
    )
    .await;
    migrate::run(&db.open()).await.unwrap();
    let keys = db.rows("select user_label, version from api_keys order by id").await;
    assert_eq!(keys, [json!({"user_label": "team", "version": 1}), json!({"user_label": "x", "version": 2})]);
    // Of two limits that are now the same, the one that allows less is left.
    let limits =
        db.rows("select subject_id, amount, mode from limits where period = 'day' order by id").await;
    assert_eq!(
        limits,
        [
            json!({"subject_id": "x", "amount": 5, "mode": "hard"}),
            json!({"subject_id": "Å", "amount": 7, "mode": "soft"})
        ]
    );
}
