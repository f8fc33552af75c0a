-- squawk-ignore-file adding-field-with-default
-- A constant default: no row is written again. A database that ran the former text of the file before has the column.
alter table open_calls
    add column if not exists provider text not null default 'openai';
