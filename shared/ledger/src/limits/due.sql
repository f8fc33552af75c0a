select distinct target
from limit_event_deliveries
where target = any($1)
    and delivered_at is null
    and failed_at is null
    and next_attempt_at <= clock_timestamp()
