-- Whether a limit of the same metric and window on one subject takes the place of a limit for each there. One made by
-- an administrator bound to a label does not, since it could loosen what administrators of everything decided.
-- Not in SQL: a function that is not inlined is planned again for every call.
create or replace function limit_is_replaced(subject_kind text, subject_id text, metric text, period text)
returns boolean
language plpgsql stable parallel safe
as $$
begin
    return exists (
        select
        from limits l
        where l.subject = limit_is_replaced.subject_kind || ':' || limit_is_replaced.subject_id
            and l.metric = limit_is_replaced.metric
            and l.period = limit_is_replaced.period
            and not l.is_each
            and l.created_by_label is null
    );
end
$$;
