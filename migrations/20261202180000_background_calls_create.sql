-- Calls that the provider accepted and still works on. Each has its row in `open_calls` with its reservations, until the usage
-- is known or its deadline has passed; this row outlives it, so that a later answer can correct the books.
create table background_calls (
    call_id uuid primary key,
    response_id text not null,
    accepted_at timestamptz not null default clock_timestamp(),
    -- When to ask the provider next; never, if only a caller's own key can.
    next_poll_at timestamptz not null,
    -- What settlement needs (domain::calls::BackgroundCall). json, not jsonb: names may hold what jsonb refuses.
    call json not null
);

create index background_calls_next_poll_at_idx on background_calls (next_poll_at);
