-- Compares the rollups in [$1, $3) with the ledger rows of [$1, $2), all of one day, and keeps what differs. Each level
-- is made from the ledger, so that a wrong bucket is reported at its own level only. The caller holds the state.
with {buckets_of_ledger},
{buckets_of_day},
{stored_of_day},
{differences_kept}
returning level, cube
