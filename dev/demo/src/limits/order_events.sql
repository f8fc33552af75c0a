-- Events are listed in the order in which they were written. Those of the story were written limit by limit, so they
-- are numbered again in the order in which they happened.
do $$
declare
    event record;
begin
    for event in select id from limit_events order by occurred_at, id loop
        update limit_events set id = default where id = event.id;
    end loop;
end
$$;
