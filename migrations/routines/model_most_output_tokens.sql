-- The most tokens a model answers with, by its name or alias; null where it is not listed.
create or replace function model_most_output_tokens(named text) returns bigint
language sql stable
return (
    select m.max_output_tokens
    from model_outputs m
    where m.model = coalesce((select a.model from model_aliases a where a.alias = named), named)
);
