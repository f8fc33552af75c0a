-- Closes the window that a subject has of limits for each, once a limit of the same metric and window was created on
-- the subject, or opens it again once that was deleted. Calls are paused. What calls in flight hold of a closed window
-- is not booked anywhere.
create or replace function limit_windows_replace(replacing limits, is_deleted boolean) returns void
language plpgsql
security definer
set search_path = public, pg_temp
as $$
declare
    replaced record;
begin
    if replacing.created_by_label is not null then
        return;
    end if;
    for replaced in
        select l.id
        from limits l
        where l.is_each
            and l.subject_kind = replacing.subject_kind
            and (
                l.subject_kind <> 'tag'
                or split_part(l.subject_id, '=', 1) = split_part(replacing.subject_id, '=', 1)
            )
            and l.metric = replacing.metric
            and l.period = replacing.period
        order by l.id
    loop
        delete from limit_windows w
        where w.limit_id = replaced.id
            and w.subject_id = replacing.subject_id
            and (w.ends_at is null or w.ends_at > clock_timestamp());
        if is_deleted then
            perform limit_windows_open_with_history(replaced.id, replacing.subject_id);
        end if;
    end loop;
end
$$;

revoke execute on function limit_windows_replace(limits, boolean) from public;
