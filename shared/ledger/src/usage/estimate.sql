-- About how many ledger rows a range holds, as the planner sees it: from sizes and histograms, without reading a row.
explain (format json)
select
from usage_logs
where created_at >= $1 and created_at < $2
