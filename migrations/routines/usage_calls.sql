-- Calls as they stand: revision 0 of each call with its corrections folded in. Amounts are sums of differences,
-- everything else is the last known value; http_status and error_code come from the last correction that changed the
-- status.
create or replace view usage_calls as
select
    u.id,
    u.created_at,
    u.started_at,
    u.user_label,
    u.key_id,
    u.endpoint,
    u.model,
    coalesce(fix.served_model, u.served_model) as served_model,
    coalesce(fix.service_tier, u.service_tier) as service_tier,
    u.stream,
    coalesce(fix.status, u.status) as status,
    case when fix.status_changed then fix.http_status else u.http_status end as http_status,
    case when fix.status_changed then fix.error_code else u.error_code end as error_code,
    u.attempts + coalesce(fix.attempts, 0)::integer as attempts,
    u.input_tokens + coalesce(fix.input_tokens, 0)::bigint as input_tokens,
    u.cached_tokens + coalesce(fix.cached_tokens, 0)::bigint as cached_tokens,
    u.cache_write_tokens + coalesce(fix.cache_write_tokens, 0)::bigint as cache_write_tokens,
    u.output_tokens + coalesce(fix.output_tokens, 0)::bigint as output_tokens,
    u.reasoning_tokens + coalesce(fix.reasoning_tokens, 0)::bigint as reasoning_tokens,
    case
        when (u.cost_pico_usd is null)::integer + coalesce(fix.unpriced_change, 0) = 0
            then coalesce(u.cost_pico_usd, 0) + coalesce(fix.cost_pico_usd, 0)::bigint
    end as cost_pico_usd,
    coalesce(fix.price_id, u.price_id) as price_id,
    coalesce(fix.latency_us, u.latency_us) as latency_us,
    coalesce(fix.first_byte_us, u.first_byte_us) as first_byte_us,
    coalesce(fix.overhead_us, u.overhead_us) as overhead_us,
    coalesce(fix.upstream_request_id, u.upstream_request_id) as upstream_request_id,
    u.tags,
    coalesce(fix.sdk, u.sdk) as sdk,
    coalesce(fix.fees, u.fees) as fees,
    u.audio_input_tokens + coalesce(fix.audio_input_tokens, 0)::bigint as audio_input_tokens,
    u.audio_output_tokens + coalesce(fix.audio_output_tokens, 0)::bigint as audio_output_tokens,
    u.retried_input_tokens + coalesce(fix.retried_input_tokens, 0)::bigint as retried_input_tokens,
    u.retried_output_tokens + coalesce(fix.retried_output_tokens, 0)::bigint as retried_output_tokens,
    -- Unknown costs of retries are null, but nothing was paid where no failed attempt reported tokens.
    case
        when u.retried_cost_pico_usd is not null and not coalesce(fix.has_unknown_retries, false)
            then u.retried_cost_pico_usd + coalesce(fix.retried_cost_pico_usd, 0)::bigint
        when u.retried_input_tokens + coalesce(fix.retried_input_tokens, 0) = 0
            and u.retried_output_tokens + coalesce(fix.retried_output_tokens, 0) = 0
            then 0
    end as retried_cost_pico_usd,
    k.name as key_name,
    -- The label that the key is bound to.
    k.user_label as key_label,
    u.provider,
    u.cache_write_long_tokens + coalesce(fix.cache_write_long_tokens, 0)::bigint as cache_write_long_tokens,
    u.cached_audio_tokens + coalesce(fix.cached_audio_tokens, 0)::bigint as cached_audio_tokens,
    u.image_output_tokens + coalesce(fix.image_output_tokens, 0)::bigint as image_output_tokens,
    coalesce(fix.parts, u.parts) as parts,
    coalesce(fix.upstream, u.upstream) as upstream,
    coalesce(fix.upstream_cost_pico_usd, u.upstream_cost_pico_usd) as upstream_cost_pico_usd,
    coalesce(fix.table_cost_pico_usd, u.table_cost_pico_usd) as table_cost_pico_usd,
    coalesce(fix.cost_source, u.cost_source) as cost_source,
    coalesce(fix.route, u.route) as route
from usage_logs u
left join api_keys k on k.id = u.key_id
left join lateral (
    select
        (array_agg(c.status order by c.revision desc))[1] as status,
        bool_or(c.status <> c.corrected_status) as status_changed,
        (array_agg(c.http_status order by c.revision desc) filter (where c.status <> c.corrected_status))[1] as http_status,
        (array_agg(c.error_code order by c.revision desc) filter (where c.status <> c.corrected_status))[1] as error_code,
        (array_agg(c.served_model order by c.revision desc) filter (where c.served_model is not null))[1] as served_model,
        (array_agg(c.service_tier order by c.revision desc) filter (where c.service_tier is not null))[1] as service_tier,
        (array_agg(c.price_id order by c.revision desc) filter (where c.price_id is not null))[1] as price_id,
        (array_agg(c.latency_us order by c.revision desc) filter (where c.latency_us is not null))[1] as latency_us,
        (array_agg(c.first_byte_us order by c.revision desc) filter (where c.first_byte_us is not null))[1] as first_byte_us,
        (array_agg(c.overhead_us order by c.revision desc) filter (where c.overhead_us is not null))[1] as overhead_us,
        (array_agg(c.upstream_request_id order by c.revision desc) filter (where c.upstream_request_id is not null))[1]
            as upstream_request_id,
        (array_agg(c.sdk order by c.revision desc) filter (where c.sdk is not null))[1] as sdk,
        (array_agg(c.parts order by c.revision desc) filter (where c.parts is not null))[1] as parts,
        (array_agg(c.route order by c.revision desc) filter (where c.route is not null))[1] as route,
        (array_agg(c.fees order by c.revision desc) filter (where c.fees is not null))[1] as fees,
        (array_agg(c.upstream order by c.revision desc) filter (where c.upstream is not null))[1] as upstream,
        (array_agg(c.upstream_cost_pico_usd order by c.revision desc) filter (where c.upstream_cost_pico_usd is not null))[1]
            as upstream_cost_pico_usd,
        (array_agg(c.table_cost_pico_usd order by c.revision desc) filter (where c.table_cost_pico_usd is not null))[1]
            as table_cost_pico_usd,
        (array_agg(c.cost_source order by c.revision desc) filter (where c.cost_source is not null))[1] as cost_source,
        sum(c.attempts) as attempts,
        sum(c.input_tokens) as input_tokens,
        sum(c.cached_tokens) as cached_tokens,
        sum(c.cache_write_tokens) as cache_write_tokens,
        sum(c.output_tokens) as output_tokens,
        sum(c.reasoning_tokens) as reasoning_tokens,
        sum(c.cache_write_long_tokens) as cache_write_long_tokens,
        sum(c.audio_input_tokens) as audio_input_tokens,
        sum(c.cached_audio_tokens) as cached_audio_tokens,
        sum(c.image_output_tokens) as image_output_tokens,
        sum(c.audio_output_tokens) as audio_output_tokens,
        sum(c.retried_input_tokens) as retried_input_tokens,
        sum(c.retried_output_tokens) as retried_output_tokens,
        sum(c.retried_cost_pico_usd) as retried_cost_pico_usd,
        bool_or(c.retried_cost_pico_usd is null) as has_unknown_retries,
        sum(c.cost_pico_usd) as cost_pico_usd,
        sum(c.unpriced_change + (c.cost_pico_usd is null)::integer) as unpriced_change
    from usage_logs c
    -- The time skips the partitions of the months before the call.
    where c.id = u.id and c.revision > 0 and c.created_at >= u.created_at
) as fix on true
where u.revision = 0;
