-- Behind an admission, on its connection: this commit waits for the disk, which then holds all of the log before it, the
-- admission too (docs/adr/0001). A message in the log is the least that makes a commit wait; it changes no row, so
-- nothing is locked meanwhile. A refused call has no row, and nothing is flushed for it.
select pg_logical_emit_message(true, 'tokenmeter', '')
from open_calls
where id = $1
