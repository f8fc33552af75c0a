-- An instant before which no ledger row can appear any more, as in rollups/move_mark.sql.
select case when pg_advisory_xact_lock(8389759082731831) is not null then clock_timestamp() end as mark
