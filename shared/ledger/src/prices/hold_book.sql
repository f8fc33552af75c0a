-- Prices stay as they are until the transaction ends; others may read them, and other revisions go on.
select version
from price_book
for share
