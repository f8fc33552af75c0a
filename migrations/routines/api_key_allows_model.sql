-- Whether one of the patterns of a key matches the model. Null without patterns, which allow every model.
create or replace function api_key_allows_model(models text[], model text) returns boolean
language plpgsql immutable strict
as $$
begin
    return exists (
        select
        from unnest(models) as allowed (pattern)
        -- `*` is the only wildcard, so those of `like` are escaped.
        where model like replace(replace(replace(replace(allowed.pattern, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')
    );
end
$$;
