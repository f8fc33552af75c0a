-- Who may write which rows of the ledger is decided by policies (routines/usage_logs_may_correct.sql), who may read by grants.
alter table usage_logs enable row level security;

create policy usage_logs_read on usage_logs for select using (true);
