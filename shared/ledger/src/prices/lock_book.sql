-- One change of prices by revision at a time.
select version
from price_book
for update
