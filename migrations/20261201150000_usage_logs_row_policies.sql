-- Who may write which rows of the ledger is decided by policies, who may read by grants. routines/usage_logs_may_correct.sql
-- switches the policies on, together with the one that lets calls in.
create policy usage_logs_read on usage_logs for select using (true);
