-- One sealer, checker or rebuilder at a time. Whoever waits here reads what the one before has committed.
select sealed_until, sealing_until, dropped_until, checked_until
from usage_rollup_state
for update
