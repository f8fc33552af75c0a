-- The id of a limit's subject as it is for a call: what its window of a limit for each is kept under. Null if the call
-- has no key or lacks the tag.
create or replace function limit_subject_of(
    subject_kind text, subject_id text, user_label text, key_id uuid, tags jsonb
) returns text
language sql immutable parallel safe
return case subject_kind
    when 'global' then ''
    when 'label' then user_label
    when 'key' then key_id::text
    else split_part(subject_id, '=', 1) || '=' || (tags ->> split_part(subject_id, '=', 1))
end;
