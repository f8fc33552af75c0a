select limit_windows_rebook($1, $2, $3, $4, $5)
