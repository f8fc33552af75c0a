-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
-- Upstreams whose requests are signed for AWS, and the region that they are signed for. The table has at most 200 rows.
alter table upstreams
    add column region text,
    drop constraint upstreams_auth_check,
    add constraint upstreams_auth_check
        check (auth in ('bearer', 'x-api-key', 'api-key', 'x-goog-api-key', 'sigv4', 'none')),
    add constraint upstreams_region_check
        check ((auth = 'sigv4') = (region is not null) and region ~ '^[a-z]+(-[a-z]+)+-[0-9]{1,2}$');
