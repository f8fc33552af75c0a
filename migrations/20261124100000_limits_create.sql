-- What may be used: a cap on requests, tokens, money or concurrency of a subject in each of its windows.
create table limits (
    id uuid primary key,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    version bigint not null default 1,
    -- pico-USD (10^-12 USD) for usd, else a count.
    amount bigint not null,
    subject_kind text not null,
    -- A label, a key's uuid, or empty for global.
    subject_id text not null default '',
    subject text not null generated always as (subject_kind || ':' || subject_id) stored,
    metric text not null,
    period text not null,
    mode text not null,
    -- Where the days and months of its windows begin.
    time_zone text not null default 'UTC',
    constraint limits_subject_check
        check (subject_kind in ('global', 'label', 'key') and (subject_kind = 'global') = (subject_id = '')),
    constraint limits_metric_check check (metric in ('requests', 'tokens', 'usd', 'concurrency')),
    constraint limits_period_check check (period in ('minute', 'hour', 'day', 'month', 'total')),
    -- What is in flight has no beginning and no end.
    constraint limits_concurrency_period_check check (metric <> 'concurrency' or period = 'total'),
    constraint limits_mode_check check (mode in ('hard', 'soft')),
    -- Room for what is settled, reserved and overrun in one bigint.
    constraint limits_amount_check check (amount between 0 and 3e18),
    constraint limits_subject_metric_period_mode_key unique (subject, metric, period, mode)
);

-- What was used of a limit in one of its windows. Admission reserves the upper bound of a call here and settlement
-- turns it into what was used; a hard limit can hold no more than its cap, whoever writes.
create table limit_windows (
    id bigint generated always as identity primary key,
    limit_id uuid not null references limits (id) on delete cascade,
    starts_at timestamptz not null,
    -- Null where the window never ends.
    ends_at timestamptz,
    cap bigint not null,
    settled bigint not null default 0,
    reserved bigint not null default 0,
    -- What calls cost beyond their bounds: true, and counted as used, but no reservation could foresee it.
    overrun bigint not null default 0,
    -- What was let through under a higher cap, before the limit was lowered.
    excess bigint not null default 0,
    refusals bigint not null default 0,
    overruns bigint not null default 0,
    -- Booking this much writes the next event; null where all are written.
    next_event_at bigint,
    hard boolean not null,
    metric text not null,
    constraint limit_windows_limit_id_starts_at_key unique (limit_id, starts_at),
    constraint limit_windows_amounts_check check (least(settled, reserved, overrun, excess) >= 0),
    constraint limit_windows_cap_check check (not hard or settled + reserved <= cap + excess)
-- Nothing indexed ever changes and most of a page stays free, so that updates of a hot row stay within it.
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- One row for each threshold a window passed, and one for its first refusal that waiting would not have helped.
create table limit_events (
    id bigint generated always as identity primary key,
    occurred_at timestamptz not null default clock_timestamp(),
    limit_id uuid not null,
    window_starts_at timestamptz not null,
    window_ends_at timestamptz,
    cap bigint not null,
    used bigint not null,
    -- Percent of the cap; null for a refusal.
    threshold smallint,
    kind text not null,
    subject_kind text not null,
    subject_id text not null,
    metric text not null,
    period text not null,
    mode text not null,
    -- Delivery to whatever is configured: when it succeeded, or when to try again.
    delivered_at timestamptz,
    next_attempt_at timestamptz not null default clock_timestamp(),
    attempts smallint not null default 0,
    constraint limit_events_kind_check check (kind in ('threshold', 'refused')),
    constraint limit_events_threshold_check check ((kind = 'threshold') = (threshold is not null)),
    constraint limit_events_limit_id_window_starts_at_kind_threshold_key
        unique nulls not distinct (limit_id, window_starts_at, kind, threshold)
);

create index limit_events_next_attempt_at_idx on limit_events (next_attempt_at) where delivered_at is null;

-- A call in flight knows what it reserved where; a settled one waits here until its reservations are turned into
-- what was used, which happens in a statement of its own so that no hot row is locked while the ledger is flushed.
alter table open_calls
    add column window_ids bigint[],
    add column window_amounts bigint[],
    add column settled_at timestamptz,
    -- Null books the reservation: what such a call used is not known.
    add column used_tokens bigint,
    add column used_pico_usd bigint,
    add constraint open_calls_windows_check
        check (cardinality(window_ids) is not distinct from cardinality(window_amounts));
