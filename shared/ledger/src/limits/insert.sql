insert into limits (id, subject_kind, subject_id, metric, period, amount, mode, time_zone)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict on constraint limits_subject_metric_period_mode_key do nothing
