//! Who may do what in the schema: an explicit list of every grant, and what each role is refused when it tries.

mod beyond;

use testkit::TestDb;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

const ROLES: [&str; 3] = ["tokenmeter_chat", "tokenmeter_summary", "tokenmeter_admin"];

/// Each role's rights on tables, views, sequences, columns and functions; a partition appears only if it has any.
const GRANTS: &str = "
    with rights as (
        select acl.grantee, acl.privilege_type, c.relname::text as object
        from pg_class c
        cross join lateral aclexplode(c.relacl) as acl
        where c.relnamespace = 'public'::regnamespace
        union all
        select acl.grantee, acl.privilege_type, c.relname || '.' || a.attname
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        cross join lateral aclexplode(a.attacl) as acl
        where c.relnamespace = 'public'::regnamespace
        union all
        select acl.grantee, acl.privilege_type, p.proname::text
        from pg_proc p
        cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
        where p.pronamespace = 'public'::regnamespace
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    )
    select
        coalesce(r.rolname, 'public') as role, lower(rights.privilege_type) as right,
        string_agg(distinct rights.object, ' ' order by rights.object) as objects
    from rights
    left join pg_roles r on r.oid = rights.grantee
    where rights.grantee = 0 or r.rolname like 'tokenmeter\\_%'
    group by 1, 2
    order by 1, 2";

async fn grants(db: &TestDb) -> String {
    let mut lines = Vec::new();
    for row in db.rows(GRANTS).await {
        let field = |name: &str| row[name].as_str().unwrap().to_owned();
        lines.push(format!("{} may {}:", field("role"), field("right")));
        lines.push("   ".to_owned());
        for object in field("objects").split(' ') {
            if lines.last().unwrap().len() + object.len() > 103 {
                lines.push("   ".to_owned());
            }
            let line = lines.last_mut().unwrap();
            line.push(' ');
            line.push_str(object);
        }
    }
    lines.join("\n")
}

#[tokio::test]
async fn every_right_of_every_role_is_listed() {
    let db = TestDb::create().await;
    insta::assert_snapshot!(grants(&db).await, @r"
    tokenmeter_admin may delete:
        limits model_aliases model_prices model_routes tool_fees upstreams withdrawn_prices
    tokenmeter_admin may execute:
        api_key_of_secret first_instant_of limit_calendar_end limit_calendar_start limit_calls_pause
        limit_delete limit_window_end limit_window_start limit_windows_open_with_history usage_amount_sum
        usage_bin usage_buckets usage_count_sum usage_histogram usage_histogram_sum usage_ledger_sums
        usage_pieces usage_spans usage_spans_around
    tokenmeter_admin may insert:
        api_key_secrets api_keys audit_log limits model_aliases model_prices model_routes price_entries
        price_revisions price_sums tool_fees upstreams withdrawn_prices
    tokenmeter_admin may select:
        api_key_details api_key_secrets api_keys audit_log limit_event_deliveries limit_events limit_status
        limit_windows limits model_aliases model_limits model_outputs model_prices model_routes
        open_calls.opened_at price_book price_entries price_revisions price_sums provider_costs
        provider_days provider_fetches provider_sync provider_usage tool_fees upstreams usage_calls
        usage_changes usage_logs usage_rollup_differences usage_rollup_state usage_rollups withdrawn_prices
    tokenmeter_admin may update:
        api_key_secrets.expires_at api_keys limit_windows limits model_routes price_book price_revisions
        price_sums upstreams
    tokenmeter_chat may delete:
        open_calls
    tokenmeter_chat may execute:
        api_key_of_secret background_calls_close background_calls_open calls_admit calls_admit_batch
        calls_admit_fitting calls_admit_plain calls_admit_plain_batch calls_release calls_settle
        calls_settle_batch limit_windows_rebook provider_objects_find provider_objects_keep
        provider_objects_refuse usage_logs_may_correct
    tokenmeter_chat may insert:
        usage_logs
    tokenmeter_chat may select:
        model_aliases model_limits model_outputs model_prices model_routes open_calls.id
        open_calls.settled_at open_calls.window_ids price_book tool_fees upstreams usage_logs.attempts
        usage_logs.audio_input_tokens usage_logs.audio_output_tokens usage_logs.cache_write_long_tokens
        usage_logs.cache_write_tokens usage_logs.cached_audio_tokens usage_logs.cached_tokens
        usage_logs.cost_pico_usd usage_logs.id usage_logs.image_output_tokens usage_logs.input_tokens
        usage_logs.output_tokens usage_logs.reasoning_tokens usage_logs.retried_cost_pico_usd
        usage_logs.retried_input_tokens usage_logs.retried_output_tokens usage_logs.revision
        usage_logs.status usage_logs.uncached_tokens
    tokenmeter_chat may update:
        open_calls.settled_at open_calls.used_pico_usd open_calls.used_tokens
    tokenmeter_summary may execute:
        api_key_of_secret first_instant_of limit_calendar_end limit_calendar_start limit_is_replaced
        limit_subject_of limit_window_end limit_window_start usage_amount_sum usage_bin usage_count_sum
        usage_histogram usage_histogram_sum usage_ledger_sums usage_pieces usage_spans usage_spans_around
    tokenmeter_summary may select:
        api_keys limit_events limit_status limit_windows limits model_aliases model_limits model_outputs
        model_prices price_book price_entries price_revisions price_sums provider_costs provider_days
        provider_fetches provider_sync provider_usage tool_fees usage_calls usage_changes usage_logs
        usage_rollup_differences usage_rollup_state usage_rollups withdrawn_prices
    ");
}

#[tokio::test]
async fn functions_with_the_owners_rights_have_a_fixed_search_path() {
    let db = TestDb::create().await;
    let open = "
        select p.proname::text as name
        from pg_proc p
        where p.pronamespace = 'public'::regnamespace
            and p.prosecdef
            and not coalesce('search_path=public, pg_temp' = any (p.proconfig), false)";
    assert_eq!(db.rows(open).await, Vec::<serde_json::Value>::new());
}

/// Runs a statement with the rights of a role.
async fn try_as(db: &TestDb, role: &str, sql: &str) -> Result<(), SqlState> {
    let (client, connection) = tokio_postgres::connect(&db.url_as(role), NoTls).await.unwrap();
    let running = async {
        let result = client.batch_execute(sql).await;
        drop(client);
        result
    };
    let (result, _) = tokio::join!(running, connection);
    result.map_err(|error| error.code().cloned().unwrap_or(SqlState::SUCCESSFUL_COMPLETION))
}

#[tokio::test]
async fn roles_are_refused_what_they_do_not_need() {
    let db = TestDb::create().await;
    let everyone = ROLES.as_slice();
    for (roles, sql) in [
        (&ROLES[..2], "select secret_hash from api_key_secrets"),
        (&ROLES[..1], "select user_label from usage_logs"),
        (&ROLES[..1], "select * from usage_calls"),
        (&ROLES[..1], "select * from usage_changes"),
        (&ROLES[..1], "select * from usage_rollups"),
        (&ROLES[..1], "select * from api_keys"),
        (everyone, "select * from provider_objects"),
        (everyone, "select * from background_calls"),
        (&ROLES[1..], "select background_calls_close(gen_random_uuid())"),
        (&ROLES[1..], "select background_calls_open(gen_random_uuid(), 'resp_1', true, 1, '{}')"),
        (everyone, "insert into provider_objects (object_id) values ('resp_1')"),
        (&ROLES[1..], "select provider_objects_find(null, 'resp_1')"),
        (&ROLES[1..], "select provider_objects_refuse('', '{}', '{}', '{}', gen_random_uuid(), 'a', 'm')"),
        (&ROLES[1..], "select provider_objects_keep('{resp_1}', gen_random_uuid(), null, 'a', 'm')"),
        (&ROLES[..1], "update limit_windows set settled = 0"),
        (&ROLES[..1], "delete from limits"),
        (&ROLES[..1], "insert into open_calls (id) values (gen_random_uuid())"),
        (&ROLES[..1], "update open_calls set deadline_at = 'infinity'"),
        (everyone, "update usage_logs set cost_pico_usd = 0"),
        (everyone, "delete from usage_logs"),
        (everyone, "truncate usage_logs"),
        (everyone, "select * from usage_logs_default"),
        (everyone, "insert into usage_logs_default default values"),
        (&ROLES[1..], "insert into usage_logs default values"),
        (everyone, "select * from schema_migrations"),
        (everyone, "alter table usage_logs disable row level security"),
        (everyone, "create table mine ()"),
        (everyone, "insert into limit_events default values"),
        (everyone, "select limit_windows_refuse(1, true)"),
        (everyone, "select limit_windows_open(gen_random_uuid(), now())"),
        (everyone, "select limit_windows_announce(1)"),
        (&ROLES[..2], "select limit_windows_open_with_history(gen_random_uuid())"),
        (&ROLES[1..], "select calls_release(gen_random_uuid())"),
        (&ROLES[1..], "select limit_windows_rebook('{1}', '{1}', true, 0, 0)"),
        (everyone, "select usage_logs_create_partitions(1)"),
        (&ROLES[..2], "update api_keys set user_label = null"),
        (&ROLES[..2], "insert into api_key_secrets (secret_hash) values ('x')"),
        (&ROLES[2..], "update api_key_secrets set secret_hash = 'x'"),
        (everyone, "delete from api_keys"),
        (everyone, "delete from audit_log"),
        (everyone, "update audit_log set actor_name = 'me'"),
        (&ROLES[1..2], "update price_book set version = 0"),
        (&ROLES[..2], "insert into tool_fees default values"),
        (&ROLES[..2], "delete from tool_fees"),
        (everyone, "update tool_fees set pico_usd = 0"),
        (everyone, "update model_prices set input = 0"),
        (everyone, "insert into model_limits default values"),
        (everyone, "select nextval('audit_log_id_seq')"),
        (everyone, "select setval('tool_fees_id_seq', 1)"),
        (everyone, "create function mine() returns integer return 1"),
    ] {
        for role in roles {
            let refused = try_as(&db, role, sql).await;
            assert_eq!(refused, Err(SqlState::INSUFFICIENT_PRIVILEGE), "{role}: {sql}");
        }
    }
}

/// A row of the ledger with some of its values.
fn row(id: &str, revision: i16, status: &str, corrected: &str, tokens: i64, cost: i64) -> String {
    format!(
        "insert into usage_logs (
            id, revision, started_at, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens,
            audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, cost_pico_usd,
            retried_cost_pico_usd, attempts, stream, user_label, model, endpoint, status, corrected_status
        )
        values (
            '{id}', {revision}, now(), {tokens}, {tokens}, 0, 0, 0, 0, 0, 0, {cost}, 0, 0, false, 'team', 'm',
            'responses', '{status}', {corrected}
        )"
    )
}

#[tokio::test]
async fn chat_writes_calls_and_one_correction_of_an_abandoned_one() {
    let db = TestDb::create().await;
    let id = |n: u32| format!("0198c0de-0000-7000-8000-{n:012}");
    db.execute(&row(&id(1), 0, "abandoned", "null", 100, 500)).await;
    let chat = async |sql: String| try_as(&db, ROLES[0], &sql).await;
    for (why, sql) in [
        ("abandoned by itself", row(&id(2), 0, "abandoned", "null", 1, 1)),
        ("no such call", row(&id(3), 1, "settled", "'abandoned'", -1, -1)),
        ("more than was booked", row(&id(1), 1, "settled", "'abandoned'", 0, -501)),
        ("more tokens than were booked", row(&id(1), 1, "settled", "'abandoned'", -101, 0)),
        ("another status", row(&id(1), 1, "settled", "'failed'", 0, 0)),
        ("a later revision", row(&id(1), 2, "settled", "'abandoned'", 0, 0)),
        ("another label", row(&id(1), 1, "settled", "'abandoned'", 0, 0).replace("'team'", "'other'")),
    ] {
        assert_eq!(chat(sql).await, Err(SqlState::INSUFFICIENT_PRIVILEGE), "{why}");
    }
    assert_eq!(chat(row(&id(4), 0, "settled", "null", 5, -1)).await, Err(SqlState::CHECK_VIOLATION));
    assert_eq!(chat(row(&id(5), 0, "settled", "null", 5, 1)).await, Ok(()));
    assert_eq!(
        chat(row(&id(5), 1, "settled", "'settled'", -5, -1)).await,
        Err(SqlState::INSUFFICIENT_PRIVILEGE)
    );
    assert_eq!(chat(row(&id(1), 1, "settled", "'abandoned'", -100, -500)).await, Ok(()));
    let again = chat(row(&id(1), 1, "settled", "'abandoned'", 0, 0)).await;
    assert_eq!(again, Err(SqlState::INSUFFICIENT_PRIVILEGE), "corrected already");
}
