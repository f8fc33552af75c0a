-- A new version of the price book with every change of a price, an alias, a model's limits, a fee, an upstream or a
-- model route: functions keep them in memory, and admission compares their version with this one, so that none uses old
-- ones.
create or replace function price_book_advance() returns trigger
language plpgsql
as $$
begin
    update price_book set version = version + 1;
    return null;
end
$$;

create or replace trigger model_prices_advance
after insert or update or delete or truncate on model_prices
for each statement execute function price_book_advance();

create or replace trigger model_aliases_advance
after insert or update or delete or truncate on model_aliases
for each statement execute function price_book_advance();

create or replace trigger model_limits_advance
after insert or update or delete or truncate on model_limits
for each statement execute function price_book_advance();

create or replace trigger tool_fees_advance
after insert or update or delete or truncate on tool_fees
for each statement execute function price_book_advance();

create or replace trigger upstreams_advance
after insert or update or delete or truncate on upstreams
for each statement execute function price_book_advance();

create or replace trigger model_routes_advance
after insert or update or delete or truncate on model_routes
for each statement execute function price_book_advance();
