select status, attempted_at, succeeded_at, error, (now() at time zone 'UTC')::date as today
from provider_sync
