-- Claims at most $2 due deliveries and makes them due again after their pause, whatever the outcome of the attempt: no
-- other function claims them until then, no lock is held during the request, and a killed function loses none.
with due as (
    select event_id, target
    from limit_event_deliveries
    where target = any($1)
        and delivered_at is null
        and failed_at is null
        and next_attempt_at <= clock_timestamp()
    order by next_attempt_at, event_id, target
    limit $2
    for update skip locked
)
update limit_event_deliveries d
set
    attempts = d.attempts + 1,
    next_attempt_at = clock_timestamp() + least(interval '1 minute' * 2 ^ least(d.attempts, 20), interval '6 hours')
from due
join limit_events e on e.id = due.event_id
where d.event_id = due.event_id and d.target = due.target
returning
    d.target, d.attempts, clock_timestamp() as attempted_at,
    e.id, e.uid, e.occurred_at, e.limit_id, e.window_starts_at, e.window_ends_at, e.cap, e.used, e.threshold, e.kind,
    e.subject_kind, e.subject_id, e.metric, e.period, e.mode
