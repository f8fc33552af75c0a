select calls_release(call_id => $1)
