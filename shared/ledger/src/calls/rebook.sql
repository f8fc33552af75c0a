select limit_windows_rebook(
    window_ids => $1,
    window_amounts => $2,
    is_booked => $3,
    used_tokens => $4,
    used_pico_usd => $5
)
