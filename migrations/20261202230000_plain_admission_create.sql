-- What `calls_admit_plain` returns of an admitted call beside what its caller knows.
create type plain_admission as (key_id uuid, user_label text, opened_at timestamptz);
