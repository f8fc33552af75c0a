-- Finds the windows that are long over. Neither column ever changes, so updates of a hot row stay within its page.
create index limit_windows_ends_at_idx on limit_windows (ends_at, starts_at);
create index limit_events_window_ends_at_idx on limit_events (window_ends_at, window_starts_at);
