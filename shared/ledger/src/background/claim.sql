with due as materialized (
    select call_id
    from background_calls
    where next_poll_at <= clock_timestamp()
    order by next_poll_at
    limit 200
    for update skip locked
)
update background_calls b
set
    next_poll_at = clock_timestamp()
        + greatest(least((clock_timestamp() - b.accepted_at) / 10, interval '1 hour'), interval '50 seconds')
where b.call_id in (select call_id from due)
returning b.response_id, b.call, clock_timestamp() as at
