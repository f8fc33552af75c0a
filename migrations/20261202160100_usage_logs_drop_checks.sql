-- Postgres parses and plans check constraints again for every statement that writes to their table: these took a third of the
-- processor time of a settlement. The trigger of routines/usage_logs_refuse_unsound.sql, whose expression is planned once per
-- connection, says the same for a fifth of that.
-- squawk-ignore-file ban-drop-constraint
alter table usage_logs
    drop constraint usage_logs_status_check,
    drop constraint usage_logs_corrected_status_check,
    drop constraint usage_logs_input_tokens_check,
    drop constraint usage_logs_tokens_check,
    drop constraint usage_logs_cost_pico_usd_check,
    drop constraint usage_logs_attempts_check,
    drop constraint usage_logs_retried_cost_pico_usd_check;
