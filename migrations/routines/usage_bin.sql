-- The histogram bin of a value: 0 below 1, then bins whose bounds grow by a tenth, so that the geometric middle of a
-- bin is within 5 % of every value in it.
create or replace function usage_bin(micros integer) returns integer
language sql immutable parallel safe
return case when micros < 1 then 0 else 1 + floor(ln(micros::double precision) / ln(1.1::double precision))::integer end;
