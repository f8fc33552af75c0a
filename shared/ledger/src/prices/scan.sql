-- Ledger rows after the row (after_at, after_id, after_revision) and before `until`, in order, each with the cost of
-- its call so far: as billed, and by entries of applied revisions and of `revision_id`. Rows of the models `names` and
-- `patterns` or, if it is given, those billed with the price `billed_with`. The estimate of an abandoned call is a
-- bound and is not repriced. `scan` only names the parameters; that of `limit` cannot be a column.
with scan as not materialized (
    select
        $1::timestamptz as after_at, $2::uuid as after_id, $3::smallint as after_revision, $4::timestamptz as until,
        $5::bigint as revision_id, $6::text[] as names, $7::text[] as patterns, $8::bigint as billed_with,
        $10::text as provider
)
select
    l.id, l.revision, l.created_at, l.user_label, l.model, l.status, l.price_id,
    -- How it was priced: the tier too, as the ledger has the requested one if the provider returned none.
    billed.model as billed_model, billed.service_tier as billed_tier, billed.above_input_tokens, billed.effective_from,
    billed.input, billed.cached_input, billed.cache_write, billed.cache_write_long, billed.output, billed.audio_input,
    billed.cached_audio_input, billed.audio_output, billed.image_output,
    coalesce(l.served_model, fold.served_model) as served_model,
    coalesce(l.service_tier, fold.service_tier) as service_tier,
    l.started_at, coalesce(l.fees, fold.fees) as fees, coalesce(l.parts, fold.parts) as parts, l.provider, l.error_code,
    -- Its cost is what the upstream states: prices do not change it.
    coalesce(l.cost_source = 'upstream', false) as is_stated,
    coalesce(l.latency_us, fold.latency_us) as latency_us,
    l.input_tokens + coalesce(fold.input_tokens, 0)::bigint as input_tokens,
    l.cached_tokens + coalesce(fold.cached_tokens, 0)::bigint as cached_tokens,
    l.cache_write_tokens + coalesce(fold.cache_write_tokens, 0)::bigint as cache_write_tokens,
    l.cache_write_long_tokens + coalesce(fold.cache_write_long_tokens, 0)::bigint as cache_write_long_tokens,
    l.cached_audio_tokens + coalesce(fold.cached_audio_tokens, 0)::bigint as cached_audio_tokens,
    l.image_output_tokens + coalesce(fold.image_output_tokens, 0)::bigint as image_output_tokens,
    l.audio_input_tokens + coalesce(fold.audio_input_tokens, 0)::bigint as audio_input_tokens,
    l.output_tokens + coalesce(fold.output_tokens, 0)::bigint as output_tokens,
    l.reasoning_tokens + coalesce(fold.reasoning_tokens, 0)::bigint as reasoning_tokens,
    l.audio_output_tokens + coalesce(fold.audio_output_tokens, 0)::bigint as audio_output_tokens,
    l.retried_input_tokens + coalesce(fold.retried_input_tokens, 0)::bigint as retried_input_tokens,
    l.retried_output_tokens + coalesce(fold.retried_output_tokens, 0)::bigint as retried_output_tokens,
    coalesce(l.cost_pico_usd, 0) + coalesce(fold.cost_pico_usd, 0)::bigint as billed_pico_usd,
    ((l.cost_pico_usd is null)::integer + l.unpriced_change + coalesce(fold.unpriced_calls, 0))::integer as unpriced_calls,
    coalesce(entry.change_pico_usd, 0)::bigint as change_pico_usd,
    coalesce(entry.unpriced_change, 0)::integer as unpriced_change,
    entry.price_id as entry_price_id
from scan
cross join usage_logs l
left join lateral (
    select
        (array_agg(f.served_model order by f.revision desc) filter (where f.served_model is not null))[1] as served_model,
        (array_agg(f.service_tier order by f.revision desc) filter (where f.service_tier is not null))[1] as service_tier,
        (array_agg(f.latency_us order by f.revision desc) filter (where f.latency_us is not null))[1] as latency_us,
        (array_agg(f.fees order by f.revision desc) filter (where f.fees is not null))[1] as fees,
        sum(f.input_tokens) as input_tokens,
        sum(f.cached_tokens) as cached_tokens,
        sum(f.cache_write_tokens) as cache_write_tokens,
        (array_agg(f.parts order by f.revision desc) filter (where f.parts is not null))[1] as parts,
        sum(f.cache_write_long_tokens) as cache_write_long_tokens,
        sum(f.audio_input_tokens) as audio_input_tokens,
        sum(f.cached_audio_tokens) as cached_audio_tokens,
        sum(f.image_output_tokens) as image_output_tokens,
        sum(f.output_tokens) as output_tokens,
        sum(f.reasoning_tokens) as reasoning_tokens,
        sum(f.audio_output_tokens) as audio_output_tokens,
        sum(f.retried_input_tokens) as retried_input_tokens,
        sum(f.retried_output_tokens) as retried_output_tokens,
        sum(f.cost_pico_usd) as cost_pico_usd,
        sum((f.cost_pico_usd is null)::integer + f.unpriced_change)::integer as unpriced_calls
    from usage_logs f
    where f.id = l.id and f.revision < l.revision
) as fold on l.revision > 0
left join lateral (
    select
        sum(e.change_pico_usd) as change_pico_usd,
        sum(e.unpriced_change) as unpriced_change,
        (array_agg(e.price_id order by e.revision_id desc, e.call_revision desc))[1] as price_id
    from price_entries e
    join price_revisions r on r.id = e.revision_id
    where e.call_id = l.id and e.call_revision <= l.revision and (r.applied_at is not null or r.id = scan.revision_id)
) as entry on true
left join lateral (
    select
        p.model, p.service_tier, p.above_input_tokens, p.effective_from, p.input, p.cached_input, p.cache_write,
        p.cache_write_long, p.output, p.audio_input, p.cached_audio_input, p.audio_output, p.image_output
    from model_prices p
    where p.id = l.price_id
    union all
    select
        w.model, w.service_tier, w.above_input_tokens, w.effective_from, w.input, w.cached_input, w.cache_write,
        w.cache_write_long, w.output, w.audio_input, w.cached_audio_input, w.audio_output, w.image_output
    from withdrawn_prices w
    where w.id = l.price_id
    limit 1
) as billed on true
where l.created_at >= scan.after_at
    and l.created_at < scan.until
    and (l.created_at, l.id, l.revision) > (scan.after_at, scan.after_id, scan.after_revision)
    and l.status <> 'abandoned'
    and case
        when scan.billed_with is not null then l.price_id = scan.billed_with
            or l.parts @> jsonb_build_array(jsonb_build_object('price_id', scan.billed_with))
        else l.provider = scan.provider
            and (
                l.model = any(scan.names) or l.served_model = any(scan.names)
                or l.model like any(scan.patterns) or l.served_model like any(scan.patterns)
                or exists (
                    select
                    from jsonb_array_elements(l.parts) as part
                    where part ->> 'model' = any(scan.names) or part ->> 'model' like any(scan.patterns)
                )
            )
    end
order by l.created_at, l.id, l.revision
limit $9
