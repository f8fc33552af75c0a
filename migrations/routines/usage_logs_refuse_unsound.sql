-- Refuses a ledger row whose values cannot be true. A correction holds differences, which may be negative.
create or replace function usage_logs_refuse_unsound() returns trigger
language plpgsql
as $$
begin
    if not (
        new.status in ('settled', 'estimated', 'failed', 'abandoned')
        and (new.revision = 0) = (new.corrected_status is null)
        and new.input_tokens
            = new.uncached_tokens + new.cached_tokens + new.cache_write_tokens + new.cache_write_long_tokens
                + new.audio_input_tokens + new.cached_audio_tokens
    ) or not (
        new.revision > 0
        or (
            least(
                new.attempts, new.uncached_tokens, new.cached_tokens, new.cache_write_tokens,
                new.cache_write_long_tokens, new.audio_input_tokens, new.cached_audio_tokens, new.reasoning_tokens,
                new.audio_output_tokens, new.image_output_tokens, new.retried_input_tokens, new.retried_output_tokens,
                new.cost_pico_usd, new.retried_cost_pico_usd, new.upstream_cost_pico_usd, new.table_cost_pico_usd
            ) >= 0
            and greatest(
                new.reasoning_tokens, new.audio_output_tokens + new.image_output_tokens, new.retried_output_tokens
            ) <= new.output_tokens
            and new.retried_input_tokens <= new.input_tokens
            and (new.cost_pico_usd is null or new.retried_cost_pico_usd <= new.cost_pico_usd)
            and (new.cost_source is distinct from 'upstream' or new.upstream_cost_pico_usd is not null)
        )
    ) then
        raise exception 'call % has values that cannot be true', new.id
            using errcode = 'check_violation', table = 'usage_logs', constraint = 'usage_logs_refuse_unsound';
    end if;
    return new;
end
$$;

create or replace trigger usage_logs_refuse_unsound
before insert on usage_logs
for each row
execute function usage_logs_refuse_unsound();
