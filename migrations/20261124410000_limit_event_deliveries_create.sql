-- Events are told to whatever is configured, each target by itself: one that is away holds up no other.
alter table limit_events
    -- What receivers know an event by, in whichever database it was written.
    add column uid uuid not null default gen_random_uuid(),
    add constraint limit_events_uid_key unique (uid),
    drop column delivered_at,
    drop column next_attempt_at,
    drop column attempts;

create index limit_events_occurred_at_idx on limit_events (occurred_at);
create index limit_events_limit_id_idx on limit_events (limit_id, id);

create table limit_event_deliveries (
    event_id bigint not null references limit_events (id) on delete cascade,
    -- From here on it is taken, again and again until one of the two below is there.
    next_attempt_at timestamptz not null default clock_timestamp(),
    delivered_at timestamptz,
    -- Given up.
    failed_at timestamptz,
    attempts smallint not null default 0,
    target text not null,
    -- What came of the last attempt, where it was not delivered.
    last_error text,
    primary key (event_id, target),
    constraint limit_event_deliveries_target_check check (target in ('webhook', 'sns')),
    constraint limit_event_deliveries_end_check check (delivered_at is null or failed_at is null)
);

create index limit_event_deliveries_next_attempt_at_idx on limit_event_deliveries (next_attempt_at)
where delivered_at is null and failed_at is null;

do $$
begin
    if exists (select from pg_roles where rolname = 'tokenmeter_admin') then
        grant select on limit_event_deliveries to tokenmeter_admin;
    end if;
end
$$;
