select exists (select from price_revisions where price_id = $1 or replaced_price_id = $1) as is_revised
