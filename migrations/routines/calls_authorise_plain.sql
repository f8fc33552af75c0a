-- requires: api_key_allows_model, limit_tag_subjects
--
-- The key of a call that may be made and to which no limit applies, with the label that it is counted under. No row in
-- every other case: a refusal, a limit, prices that have changed. In SQL, so that the planner inlines it.
create or replace function calls_authorise_plain(
    key_hash bytea,
    price_version bigint,
    named_label text,
    fallback_label text,
    call_model text,
    call_tags jsonb,
    at timestamptz
)
returns table (key_id uuid, user_label text)
language sql stable
begin atomic
    select k.id, coalesce(k.user_label, named_label, fallback_label, 'unlabelled')
    from api_key_secrets s
    join api_keys k on k.id = s.key_id
    cross join price_book b
    where s.secret_hash = key_hash
        and (s.expires_at is null or s.expires_at > at)
        and (k.expires_at is null or k.expires_at > at)
        and k.revoked_at is null
        and k.scopes && array['chat', 'admin']
        and (k.user_label <> named_label) is not true
        and api_key_allows_model(k.models, call_model) is not false
        and b.version = price_version
        and not exists (
            select
            from limits l
            where l.subject = any (
                limit_tag_subjects(call_tags) || array[
                    'global:', 'label:*', 'label:' || coalesce(k.user_label, named_label, fallback_label, 'unlabelled'),
                    'key:*', 'key:' || k.id::text
                ]
            )
        );
end;
