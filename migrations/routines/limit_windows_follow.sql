-- Applies a change of a limit to its open windows in the same transaction, so that the next admission sees it. Usage
-- may already have reached a threshold of the new amount; its events are written now rather than with the next
-- settlement.
create or replace function limit_windows_follow() returns trigger
language plpgsql
security definer
set search_path = public, pg_temp
as $$
declare
    window_id bigint;
begin
    -- In the order in which admissions and settlements lock windows.
    perform
    from limit_windows w
    where w.limit_id = new.id and (w.ends_at is null or w.ends_at > clock_timestamp())
    order by w.id
    for update;
    for window_id in
        update limit_windows w
        set
            cap = new.amount,
            hard = (new.mode = 'hard'),
            unbounded = new.unbounded,
            excess = greatest(w.settled + w.reserved - new.amount, 0)
        where w.limit_id = new.id
            and (w.ends_at is null or w.ends_at > clock_timestamp())
        returning w.id
    loop
        perform limit_windows_announce(window_id);
    end loop;
    return null;
end
$$;

create or replace trigger limits_follow
after update of amount, mode, unbounded on limits
for each row
execute function limit_windows_follow();
