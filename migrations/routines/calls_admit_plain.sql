-- With fewer parameters it would be a second function, and calls of the previous release would fit both.
do $$
declare
    function_name regprocedure;
begin
    for function_name in
        select p.oid::regprocedure
        from pg_proc p
        where p.proname = 'calls_admit_plain'
            and p.pronamespace = current_schema()::regnamespace
            and not 'call_provider' = any (p.proargnames)
    loop
        execute format('drop function %s', function_name);
    end loop;
end
$$;

-- Admits a call to which no limit applies, in one statement that locks nothing and is durable by itself. Null in every
-- other case: a refusal, a limit, prices that have changed. `calls_admit` then decides; both give the same verdict
-- wherever this one gives any.
create or replace function calls_admit_plain(
    call_id uuid,
    key_hash bytea,
    price_version bigint,
    named_label text,
    fallback_label text,
    call_model text,
    call_endpoint text,
    call_stream boolean,
    call_service_tier text,
    -- With what calls of built-in tools may add.
    input_bound_tokens bigint,
    output_bound_tokens bigint,
    tool_call_bound bigint,
    reserved_pico_usd bigint,
    seconds_to_settle double precision,
    call_sdk text,
    call_tags jsonb,
    call_provider text default 'openai'
)
returns plain_admission
language plpgsql
-- The role that makes calls holds no rights on keys and limits.
security definer
set search_path = public, pg_temp
as $$
#variable_conflict use_column
declare
    now_at constant timestamptz := clock_timestamp();
    admitted plain_admission;
begin
    insert into open_calls as o (
        id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens, tool_call_bound, reserved_pico_usd,
        key_id, stream, user_label, model, endpoint, service_tier, sdk, tags, provider
    )
    select
        call_id, now_at, now_at + make_interval(secs => seconds_to_settle), input_bound_tokens,
        output_bound_tokens, tool_call_bound, reserved_pico_usd, k.key_id, call_stream, k.user_label, call_model,
        call_endpoint, call_service_tier, call_sdk, call_tags, call_provider
    from calls_authorise_plain(
        key_hash, price_version, named_label, fallback_label, call_model, call_tags, now_at
    ) as k
    returning o.key_id, o.user_label, o.opened_at into admitted;
    return admitted;
end
$$;
