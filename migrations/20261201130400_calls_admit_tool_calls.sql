-- Their parameters or columns change, which `create or replace` cannot do. The routines are applied right behind this; the new
-- parameters of admission have defaults, so the previous release goes on calling it.
-- squawk-ignore-file ban-drop-function
drop function if exists calls_admit;
drop function if exists calls_bound;
drop function if exists limit_windows_reserve;
