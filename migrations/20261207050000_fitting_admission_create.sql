-- What `calls_admit_fitting` returns of the callers and limits of the calls that it was given.
create type fitting_admission as (
    opened_at timestamptz,
    -- One place a caller; null if its calls are not admitted.
    key_ids uuid[],
    user_labels text[],
    -- One place for each limit that applies to a caller, in the order of callers and limits.
    limit_callers integer[],
    limit_ids uuid[],
    subject_ids text[],
    -- Kind of subject, metric, period and mode, with a blank between them.
    limit_words text[],
    window_ids bigint[],
    -- One place a window, with what other calls held of it.
    changed_ids bigint[],
    caps bigint[],
    used bigint[],
    reserved bigint[],
    ends_at timestamptz[]
);
