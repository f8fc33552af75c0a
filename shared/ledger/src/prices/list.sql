-- Latest rows first. With an instant: of each model, tier and threshold the one row in effect then.
select
    p.id, p.model, p.service_tier, p.above_input_tokens, p.effective_from, p.created_at, p.input, p.cached_input,
    p.cache_write, p.output, p.audio_input, p.audio_output
from model_prices p
where ($1 is null or p.model = $1)
    and ($2 is null or p.service_tier = $2)
    and (
        $3 is null
        or (
            p.effective_from <= $3
            and not exists (
                select
                from model_prices later
                where later.model = p.model
                    and later.service_tier = p.service_tier
                    and later.above_input_tokens = p.above_input_tokens
                    and later.effective_from > p.effective_from
                    and later.effective_from <= $3
            )
        )
    )
    and ($4 is null or p.id < $4)
order by p.id desc
limit $5
