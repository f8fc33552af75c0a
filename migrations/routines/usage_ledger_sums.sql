-- With fewer parameters it would be a second function, and reports of the previous release would fit both.
do $$
declare
    function_name regprocedure;
begin
    for function_name in
        select p.oid::regprocedure
        from pg_proc p
        where p.proname = 'usage_ledger_sums'
            and p.pronamespace = current_schema()::regnamespace
            and not 'providers' = any (p.proargnames)
    loop
        execute format('drop function %s', function_name);
    end loop;
end
$$;

-- What ledger rows of [span_from, span_to) add to each label, provider, model and key: the ragged ends of a range, and
-- the rows since the last seal. A function of its own with one plan for any range, which leaves out the other months
-- when it runs: planning took longer than adding up. Groups are few, and few rows are not sealed, so nothing is sorted.
create or replace function usage_ledger_sums(
    span_from timestamptz, span_to timestamptz, labels text[], models text[], keys uuid[], histograms smallint,
    providers text[] default null
)
returns table (
    model text, user_label text, key_id uuid,
    calls bigint, failed_calls bigint, estimated_calls bigint, abandoned_calls bigint, unpriced_calls bigint,
    attempts bigint, input_tokens bigint, cached_tokens bigint, cache_write_tokens bigint, audio_input_tokens bigint,
    output_tokens bigint, reasoning_tokens bigint, audio_output_tokens bigint, retried_input_tokens bigint,
    retried_output_tokens bigint, cost_pico_usd numeric, retried_cost_pico_usd numeric, last_call_at timestamptz,
    latency_min_us integer, latency_max_us integer, latency_histogram numeric, first_byte_min_us integer,
    first_byte_max_us integer, first_byte_histogram numeric, overhead_min_us integer, overhead_max_us integer,
    overhead_histogram numeric, provider text, cache_write_long_tokens bigint, cached_audio_tokens bigint,
    image_output_tokens bigint
)
language plpgsql stable parallel safe rows 100
set plan_cache_mode = force_generic_plan
set enable_sort = off
as $$
#variable_conflict use_column
begin
    return query
    select
        c.model, c.user_label, c.key_id,
        usage_count_sum(c.calls), usage_count_sum(c.failed_calls), usage_count_sum(c.estimated_calls),
        usage_count_sum(c.abandoned_calls), usage_count_sum(c.unpriced_calls), usage_count_sum(c.attempts),
        usage_count_sum(c.input_tokens), usage_count_sum(c.cached_tokens), usage_count_sum(c.cache_write_tokens),
        usage_count_sum(c.audio_input_tokens), usage_count_sum(c.output_tokens), usage_count_sum(c.reasoning_tokens),
        usage_count_sum(c.audio_output_tokens), usage_count_sum(c.retried_input_tokens),
        usage_count_sum(c.retried_output_tokens),
        sum(c.cost_pico_usd), sum(c.retried_cost_pico_usd)::numeric, max(c.created_at), min(c.latency_min_us),
        max(c.latency_max_us), case when histograms > 0 then usage_histogram_sum(c.latency_histogram) end,
        min(c.first_byte_min_us), max(c.first_byte_max_us),
        case when histograms > 1 then usage_histogram_sum(c.first_byte_histogram) end, min(c.overhead_min_us),
        max(c.overhead_max_us), case when histograms > 1 then usage_histogram_sum(c.overhead_histogram) end,
        c.provider, usage_count_sum(c.cache_write_long_tokens), usage_count_sum(c.cached_audio_tokens),
        usage_count_sum(c.image_output_tokens)
    from usage_changes c
    where c.created_at >= span_from
        and c.created_at < span_to
        and (labels is null or c.user_label = any(labels))
        and (models is null or c.model = any(models))
        and (keys is null or c.key_id = any(keys))
        and (providers is null or c.provider = any(providers))
    group by c.model, c.user_label, c.key_id, c.provider;
end
$$;
