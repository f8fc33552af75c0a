select calls_release($1)
