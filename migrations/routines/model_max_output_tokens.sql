-- squawk-ignore ban-drop-function
drop function if exists model_most_output_tokens(text);

-- The most output tokens of a model, by its name or alias; null if the model is not listed.
create or replace function model_max_output_tokens(model_name text) returns bigint
language sql stable
return (
    select m.max_output_tokens
    from model_limits m
    where m.model = coalesce((select a.model from model_aliases a where a.alias = model_name), model_name)
        and m.effective_from <= statement_timestamp()
    order by m.effective_from desc
    limit 1
);
