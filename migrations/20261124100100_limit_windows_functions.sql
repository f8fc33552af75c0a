-- The calendar of windows, and what happens to a window apart from admission and settlement.

create function limit_window_start(period text, time_zone text, at timestamptz) returns timestamptz
language sql stable
return case period when 'total' then '-infinity'::timestamptz else date_trunc(period, at, time_zone) end;

create function limit_window_end(period text, time_zone text, at timestamptz) returns timestamptz
language sql stable
return case
    when period = 'total' then null
    -- Hours and minutes are lengths; days and months are dates, which may last 23 or 25 hours more or less.
    when period in ('minute', 'hour') then date_trunc(period, at, time_zone) + ('1 ' || period)::interval
    else (date_trunc(period, at at time zone time_zone) + ('1 ' || period)::interval) at time zone time_zone
end;

-- The smallest amount at which an event is due that is not written yet.
create function limit_next_event_at(window_limit_id uuid, window_start timestamptz, window_cap bigint) returns bigint
language sql stable
return (
    select min(ceil(window_cap::numeric * due.threshold / 100))::bigint
    from unnest(array[50, 80, 100]) as due (threshold)
    where not exists (
        select
        from limit_events e
        where e.limit_id = window_limit_id
            and e.window_starts_at = window_start
            and e.kind = 'threshold'
            and e.threshold = due.threshold
    )
);

-- Opens the window that holds `at`, empty. The lock on the limit keeps a change of its amount from being missed.
create function limit_windows_open(opened_limit_id uuid, at timestamptz) returns void
language sql
security definer
set search_path = public, pg_temp
begin atomic
    insert into limit_windows (limit_id, starts_at, ends_at, cap, next_event_at, hard, metric)
    select
        l.id, limit_window_start(l.period, l.time_zone, at), limit_window_end(l.period, l.time_zone, at), l.amount,
        case when l.metric <> 'concurrency' then
            limit_next_event_at(l.id, limit_window_start(l.period, l.time_zone, at), l.amount)
        end,
        l.mode = 'hard', l.metric
    from limits l
    where l.id = opened_limit_id
    for share
    on conflict (limit_id, starts_at) do nothing;
end;

-- For a limit just made: its current window begins with what the ledger has of it, since a budget of this month
-- is about the month and not about the day it was set. Calls in flight at this moment are not counted by it.
create function limit_windows_open_with_history(opened_limit_id uuid) returns void
language plpgsql
as $$
declare
    at timestamptz := clock_timestamp();
    made limits;
    used numeric;
begin
    select * into strict made from limits where id = opened_limit_id;
    perform limit_windows_open(made.id, at);
    select
        case made.metric
            when 'requests' then count(*) filter (where u.revision = 0)
            when 'tokens' then coalesce(sum(u.input_tokens + u.output_tokens), 0)
            when 'usd' then coalesce(sum(u.cost_pico_usd), 0)
            else 0
        end
    into used
    from usage_logs u
    where u.created_at >= limit_window_start(made.period, made.time_zone, at)
        and case made.subject_kind
            when 'label' then u.user_label = made.subject_id
            when 'key' then u.key_id = nullif(made.subject_id, '')::uuid
            else true
        end;
    used := least(used, 3e18);
    update limit_windows w
    set
        settled = w.settled + used,
        excess = greatest(w.settled + used + w.reserved - w.cap, 0)
    where w.limit_id = made.id
        and w.starts_at = limit_window_start(made.period, made.time_zone, at);
end
$$;

-- A change of a limit reaches its open windows in the same transaction, so that the next admission sees it.
create function limit_windows_follow() returns trigger
language plpgsql
security definer
set search_path = public, pg_temp
as $$
begin
    update limit_windows w
    set
        cap = new.amount,
        hard = (new.mode = 'hard'),
        excess = greatest(w.settled + w.reserved - new.amount, 0),
        next_event_at = case when w.metric <> 'concurrency' then
            limit_next_event_at(w.limit_id, w.starts_at, new.amount)
        end
    where w.limit_id = new.id
        and (w.ends_at is null or w.ends_at > clock_timestamp());
    return null;
end
$$;

create trigger limits_follow
after update of amount, mode on limits
for each row
execute function limit_windows_follow();

-- Each limit with its current window. A window nobody used yet has no row and is empty.
create view limit_status as
select
    l.id, l.created_at, l.updated_at, l.version, l.subject_kind, l.subject_id, l.subject, l.metric, l.period,
    l.amount, l.mode, l.time_zone, coalesce(w.settled + w.overrun, 0) as used, coalesce(w.reserved, 0) as reserved,
    greatest(l.amount - coalesce(w.settled + w.overrun + w.reserved, 0), 0) as remaining,
    coalesce(w.overrun, 0) as overrun, coalesce(w.refusals, 0) as refusals,
    limit_window_end(l.period, l.time_zone, now_at.at) as resets_at
from (select clock_timestamp() as at) as now_at
cross join limits l
left join limit_windows w
    on w.limit_id = l.id
    and w.starts_at = limit_window_start(l.period, l.time_zone, now_at.at);
