select
    r.created_at, r.applied_at is not null as is_applied, r.closed_at is not null as is_closed, r.cursor_at, r.cursor_id,
    r.cursor_revision, r.price_id, r.undoes_id, b.version
from price_revisions r
cross join price_book b
where r.id = $1
for update of r
