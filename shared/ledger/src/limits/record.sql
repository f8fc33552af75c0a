-- Outcomes of attempts: a null error is delivered. Attempt number $4 is the last.
update limit_event_deliveries d
set
    delivered_at = case when outcome.error is null then clock_timestamp() end,
    failed_at = case when outcome.error is not null and d.attempts >= $4 then clock_timestamp() end,
    last_error = outcome.error
from unnest($1, $2, $3) as outcome (event_id, target, error)
where d.event_id = outcome.event_id
    and d.target = outcome.target
    and d.delivered_at is null
    and d.failed_at is null
