select id, at, actor_key_id, actor_name, action, subject_kind, subject_id, user_label, request_id, before, after
from audit_log
where ($1 is null or subject_kind = $1)
    and ($2 is null or subject_id = $2)
    and ($3 is null or action = $3)
    and ($4 is null or actor_key_id = $4)
    and ($5 is null or at >= $5)
    and ($6 is null or at < $6)
    -- Keys could move between labels once: what one was before belongs to its old label.
    and ($7 is null or user_label = $7 and coalesce(before ->> 'user_label', $7) = $7)
    and ($8 is null or id < $8)
order by id desc
limit $9
