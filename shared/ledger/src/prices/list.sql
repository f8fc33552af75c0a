-- Latest rows first. With an instant: of each provider, model, tier and threshold the one row in effect then.
select {price_columns}
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
                where later.provider = p.provider
                    and later.model = p.model
                    and later.service_tier = p.service_tier
                    and later.above_input_tokens = p.above_input_tokens
                    and later.effective_from > p.effective_from
                    and later.effective_from <= $3
            )
        )
    )
    and ($4 is null or p.id < $4)
    and ($6 is null or p.provider = $6)
order by p.id desc
limit $5
