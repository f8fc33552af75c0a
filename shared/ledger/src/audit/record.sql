insert into audit_log (actor_key_id, actor_name, action, subject_kind, subject_id, user_label, request_id, before, after)
select id, name, $2, $3, $4, $5, $6, $7, $8
from api_keys
where id = $1
