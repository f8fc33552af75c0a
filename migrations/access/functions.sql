-- Who may call which function: only its owner, apart from this list. Applied whenever a migration or a routine was,
-- since Postgres lets everybody call a new function. Grants of tables stand in the migrations that create them.
do $$
declare
    function_name regprocedure;
    list record;
begin
    for function_name in
        select p.oid::regprocedure
        from pg_proc p
        where p.pronamespace = 'public'::regnamespace
            and p.proowner = current_user::regrole
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    loop
        execute format('revoke execute on function %s from public', function_name);
    end loop;

    for list in
        select given.role_name, given.functions
        from (
            values
            (
                'tokenmeter_chat',
                array[
                    'api_key_of_secret', 'background_calls_close', 'background_calls_open', 'calls_admit',
                    'calls_admit_batch', 'calls_admit_fitting', 'calls_admit_plain', 'calls_admit_plain_batch',
                    'calls_release', 'calls_settle', 'calls_settle_batch', 'limit_windows_rebook',
                    'provider_objects_find', 'provider_objects_keep', 'provider_objects_refuse',
                    'usage_logs_may_correct'
                ]
            ),
            (
                'tokenmeter_summary',
                array[
                    'api_key_of_secret', 'first_instant_of', 'limit_calendar_end', 'limit_calendar_start',
                    'limit_is_replaced', 'limit_subject_of', 'limit_window_end', 'limit_window_start',
                    'usage_amount_sum', 'usage_bin', 'usage_count_sum', 'usage_histogram', 'usage_histogram_sum',
                    'usage_ledger_sums', 'usage_pieces', 'usage_spans', 'usage_spans_around'
                ]
            ),
            (
                'tokenmeter_admin',
                array[
                    'api_key_of_secret', 'first_instant_of', 'limit_calendar_end', 'limit_calendar_start',
                    'limit_calls_pause', 'limit_delete', 'limit_window_end', 'limit_window_start',
                    'limit_windows_open_with_history', 'usage_amount_sum', 'usage_bin', 'usage_buckets',
                    'usage_count_sum', 'usage_histogram', 'usage_histogram_sum', 'usage_ledger_sums', 'usage_pieces',
                    'usage_spans', 'usage_spans_around'
                ]
            )
        ) as given (role_name, functions)
        where exists (select from pg_roles r where r.rolname = given.role_name)
    loop
        for function_name in
            select p.oid::regprocedure
            from pg_proc p
            where p.pronamespace = 'public'::regnamespace and p.proname = any (list.functions)
        loop
            execute format('grant execute on function %s to %I', function_name, list.role_name);
        end loop;
    end loop;
end
$$;
