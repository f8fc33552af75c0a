-- The subjects of limits that a call's tags name: each tag with its value, and with any value.
-- Not in SQL: a function that is not inlined is planned again for every call.
create or replace function limit_tag_subjects(tags jsonb) returns text[]
language plpgsql immutable strict
as $$
begin
    return array(
        select 'tag:' || tag.name || '=' || named.value
        from jsonb_each_text(tags) as tag (name, value)
        cross join lateral (values (tag.value), ('*')) as named (value)
    );
end
$$;
