-- What a hard limit does with a call whose input or tools only the context window bounds.
-- The table is small, and every row has the default.
-- squawk-ignore-file constraint-missing-not-valid
alter table limits
    add column unbounded text not null default 'reserve',
    add constraint limits_unbounded_check check (unbounded in ('reserve', 'estimate', 'refuse'));

alter table limit_windows
    add column unbounded text not null default 'reserve';
