-- Figures arrive late, for up to a day by the provider's word: two days after its end a day is final, if costs were there.
-- Without them it is asked for again.
insert into provider_days (day, fetched_at, is_final, has_costs)
values ($1, $2, $3 and $2 at time zone 'UTC' >= $1 + interval '3 days', $3)
