-- squawk-ignore ban-drop-function
drop function if exists model_most_output_tokens(text);
-- squawk-ignore ban-drop-function
drop function if exists model_max_output_tokens(text);

-- The most output tokens of a model, by its name, its alias or its name without a version; null if it is not listed.
create or replace function model_max_output_tokens(provider_name text, model_name text) returns bigint
language sql stable
return (
    select m.max_output_tokens
    from (
        values
            (1, model_name),
            -- As in domain::pricing.
            (
                2,
                case provider_name
                    when 'anthropic' then regexp_replace(model_name, '([-@][0-9]{8}|-latest)$', '')
                    when 'google' then regexp_replace(model_name, '^(models/)?(.*?)(-[0-9]{3}|-latest)?$', '\2')
                    else regexp_replace(model_name, '-[0-9]{4}-[0-9]{2}-[0-9]{2}$', '')
                end
            )
    ) as named (place, name)
    left join model_aliases a on a.provider = provider_name and a.alias = named.name
    join model_limits m on m.provider = provider_name and m.model in (named.name, a.model)
    where m.effective_from <= statement_timestamp()
    order by named.place, m.model <> named.name, m.effective_from desc
    limit 1
);
