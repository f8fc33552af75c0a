with withdrawn as (
    delete from model_prices
    where id = $1
    returning {price_columns}
)
insert into withdrawn_prices ({price_columns})
select {price_columns}
from withdrawn
