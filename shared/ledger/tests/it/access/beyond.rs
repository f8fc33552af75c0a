//! That the listed rights are all there are: nothing comes from roles, the schema, defaults or owners beside them.

use testkit::TestDb;

async fn lines(sql: &str) -> String {
    let db = TestDb::create().await;
    let rows = db.rows(sql).await;
    rows.iter().map(|row| row["line"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join("\n")
}

/// What a role may do, asked of the server, against the rights given to that role itself.
const UNLISTED: &str = "
    with role as (select oid, rolname from pg_roles where rolname like 'tokenmeter\\_%'),
    object as (
        select
            c.oid, c.relname::text as name, c.relacl as acl,
            case c.relkind when 'S' then array['usage', 'select', 'update']
            else array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'] end as rights,
            case c.relkind when 'S' then 'sequence' else 'table' end as kind
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        union all
        select p.oid, p.proname::text, p.proacl, array['execute'], 'function'
        from pg_proc p
        where p.pronamespace = 'public'::regnamespace
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    )
    select format('%s may %s %s', role.rolname, wanted.privilege, object.name) as line
    from role
    cross join object
    cross join lateral unnest(object.rights) as wanted (privilege)
    where case object.kind
            when 'sequence' then has_sequence_privilege(role.oid, object.oid, wanted.privilege)
            when 'function' then has_function_privilege(role.oid, object.oid, wanted.privilege)
            else has_table_privilege(role.oid, object.oid, wanted.privilege)
        end
        and not exists (
            select
            from aclexplode(object.acl) as acl
            where acl.grantee = role.oid and lower(acl.privilege_type) = wanted.privilege
        )
    order by 1";

#[tokio::test]
async fn no_role_may_do_more_than_it_was_given_by_name() {
    assert_eq!(lines(UNLISTED).await, "");
}

const BEYOND: &str = "
    select format('%s: %s', rolname, concat_ws(
        ' ', case when rolcanlogin then 'logs in' end, case when rolsuper then 'is a superuser' end,
        case when rolcreaterole then 'creates roles' end, case when rolcreatedb then 'creates databases' end,
        case when rolbypassrls then 'bypasses policies' end, case when rolreplication then 'replicates' end
    )) as line
    from pg_roles
    where rolname like 'tokenmeter\\_%'
    union all
    select format('%s is a member of %s', m.member::regrole, m.roleid::regrole)
    from pg_auth_members m
    where exists (select from pg_roles r where r.oid in (m.member, m.roleid) and r.rolname like 'tokenmeter\\_%')
    union all
    select format('schema: %s may %s', coalesce(r.rolname, 'public'), lower(acl.privilege_type))
    from pg_namespace n
    cross join lateral aclexplode(n.nspacl) as acl
    left join pg_roles r on r.oid = acl.grantee
    where n.nspname = 'public' and (acl.grantee = 0 or r.rolname like 'tokenmeter\\_%')
    union all
    select format('what is created later: %s may %s', coalesce(r.rolname, 'public'), lower(acl.privilege_type))
    from pg_default_acl d
    cross join lateral aclexplode(d.defaclacl) as acl
    left join pg_roles r on r.oid = acl.grantee
    where acl.grantee = 0 or r.rolname like 'tokenmeter\\_%'
    union all
    select format('database: %s may create', r.rolname)
    from pg_roles r
    where r.rolname like 'tokenmeter\\_%' and has_database_privilege(r.oid, current_database(), 'create')
    union all
    select format('%s owns %s', c.relowner::regrole, c.relname)
    from pg_class c
    where c.relnamespace = 'public'::regnamespace
        and exists (select from pg_roles r where r.oid = c.relowner and r.rolname like 'tokenmeter\\_%')
    union all
    select format('policies decide on rows of %s', c.relname)
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relrowsecurity
    union all
    select format('policy %s on %s: %s by %s', p.policyname, p.tablename, lower(p.cmd), array_to_string(p.roles, ', '))
    from pg_policies p
    where p.schemaname = 'public'
    union all
    select format('with the rights of its owner: view %s', c.relname)
    from pg_class c
    where c.relnamespace = 'public'::regnamespace
        and c.relkind = 'v'
        and not coalesce('security_invoker=true' = any (c.reloptions), false)
    union all
    select format('with the rights of its owner: function %s', p.proname)
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace
        and p.prosecdef
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    order by 1";

#[tokio::test]
async fn roles_policies_and_objects_with_the_owners_rights_are_listed() {
    insta::assert_snapshot!(lines(BEYOND).await, @"
    policies decide on rows of usage_logs
    policy usage_logs_read on usage_logs: select by public
    policy usage_logs_settle on usage_logs: insert by tokenmeter_chat
    schema: public may usage
    schema: tokenmeter_admin may usage
    schema: tokenmeter_chat may usage
    schema: tokenmeter_summary may usage
    tokenmeter_admin: logs in
    tokenmeter_chat: logs in
    tokenmeter_summary: logs in
    with the rights of its owner: function api_key_of_secret
    with the rights of its owner: function background_calls_close
    with the rights of its owner: function background_calls_open
    with the rights of its owner: function calls_admit
    with the rights of its owner: function calls_admit_batch
    with the rights of its owner: function calls_admit_fitting
    with the rights of its owner: function calls_admit_plain
    with the rights of its owner: function calls_admit_plain_batch
    with the rights of its owner: function calls_release
    with the rights of its owner: function calls_settle
    with the rights of its owner: function calls_settle_batch
    with the rights of its owner: function limit_calls_pause
    with the rights of its owner: function limit_delete
    with the rights of its owner: function limit_windows_announce
    with the rights of its owner: function limit_windows_follow
    with the rights of its owner: function limit_windows_open
    with the rights of its owner: function limit_windows_open_with_history
    with the rights of its owner: function limit_windows_rebook
    with the rights of its owner: function limit_windows_refuse
    with the rights of its owner: function limit_windows_replace
    with the rights of its owner: function provider_objects_find
    with the rights of its owner: function provider_objects_keep
    with the rights of its owner: function provider_objects_refuse
    with the rights of its owner: function usage_logs_may_correct
    with the rights of its owner: view api_key_details
    with the rights of its owner: view limit_status
    with the rights of its owner: view usage_calls
    with the rights of its owner: view usage_changes
    ");
}
