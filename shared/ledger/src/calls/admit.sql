-- The function is in the migrations: it reads rows as they are once it has locked them, which one statement cannot.
select
    verdict, key_id, user_label, opened_at, output_bound_tokens, reserved_pico_usd, window_ids, window_amounts, limits,
    refusal
from calls_admit(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20
)
