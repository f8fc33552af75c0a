-- Held until the end of the transaction: whoever takes the lease over waits for it.
select
from provider_sync
where lease_id = $1 and leased_until > clock_timestamp()
for update
