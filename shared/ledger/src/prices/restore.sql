-- Restores a withdrawn price unchanged.
with restored as (
    delete from withdrawn_prices
    where id = $1
    returning {price_columns}
)
insert into model_prices ({price_columns})
overriding system value
select {price_columns}
from restored
