-- A new version of the price book with every change of a price, an alias, a model's limits or a fee: functions price
-- with a book they hold in memory, and admission compares its version with this one, so that none uses an old book.
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
