-- The state of one limit as callers are shown it, from what limit_windows_lock returns.
create or replace function limit_state(
    limit_words text[], limit_amounts bigint[], limit_ends timestamptz[], place integer
) returns jsonb
language sql immutable parallel safe
return jsonb_build_object(
    'id', limit_words[place * 6 - 5], 'subject_kind', limit_words[place * 6 - 4],
    'subject_id', limit_words[place * 6 - 3], 'metric', limit_words[place * 6 - 2],
    'period', limit_words[place * 6 - 1], 'hard', limit_words[place * 6] = 'hard',
    'cap', limit_amounts[place * 3 - 2], 'used', limit_amounts[place * 3 - 1],
    'reserved', limit_amounts[place * 3], 'resets_at', limit_ends[place]
);
