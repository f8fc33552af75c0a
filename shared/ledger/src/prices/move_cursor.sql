-- Stores how far revision $1 has got. With $5 it is applied, and closed once no call that was admitted with the earlier
-- prices can still settle.
update price_revisions
set
    cursor_at = $2,
    cursor_id = $3,
    cursor_revision = $4,
    applied_at = case when $5 then coalesce(applied_at, clock_timestamp()) end,
    closed_at = case
        when $5
            and $2 > created_at + interval '30 minutes'
            and not exists (
                select
                from open_calls o
                where o.opened_at < created_at + interval '1 minute'
                    -- No function runs longer than an hour. Older calls work in the background at the provider, and
                    -- are settled with the prices of that time.
                    and o.opened_at > clock_timestamp() - interval '70 minutes'
            )
            then coalesce(closed_at, clock_timestamp())
        else closed_at
    end
where id = $1
