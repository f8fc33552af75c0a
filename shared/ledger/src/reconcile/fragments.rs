//! What several statements of reconciliation share, by the names they give it.

/// Endpoints whose calls cost nothing and are not in the provider's usage.
const FREE_ENDPOINTS: &str =
    "'moderations', 'responses.input_tokens', 'responses.retrieve', 'responses.delete',
    'responses.cancel', 'responses.input_items', 'messages.count_tokens', 'models.count_tokens',
    'bedrock.count_tokens'";

/// The fees of `entry`, a ledger row, if they are part of a known cost.
const CHARGED_FEES: &str = "select sum((fee ->> 'cost_pico_usd')::numeric) as pico_usd
    from jsonb_array_elements(entry.fees) as fee
    having bool_and(fee ->> 'cost_pico_usd' is not null)
        and entry.cost_pico_usd is not null
        and entry.price_id is not null";

/// The fees that are part of the cost of `entries`, a row each.
const FEE_LINES: &str =
    "select e.day, fee ->> 'tool' as tool, (fee ->> 'cost_pico_usd')::numeric as cost_pico_usd
    from entries e
    cross join lateral jsonb_array_elements(e.fees) as fee
    where e.fees_pico_usd is not null";

/// How the days of the ledger and the calls that moved between days end, which are subtracted from each other: sums of
/// a model's calls without fees, and the fees of each tool.
const SUMS_AND_FEES: &str = "sum(e.input_tokens)::bigint as input_tokens,
    sum(e.cached_tokens)::bigint as cached_tokens,
    sum(e.output_tokens)::bigint as output_tokens,
    sum(e.cost_pico_usd - coalesce(e.fees_pico_usd, 0))::text as cost_pico_usd
from entries e
group by 1, 2, 4
union all
select f.day, null, f.tool, null, 0, 0, 0, 0, 0, 0, 0, 0, sum(f.cost_pico_usd)::text
from fees f
group by f.day, f.tool";

pub(crate) fn names() -> [(&'static str, String); 4] {
    [
        ("free_endpoints", FREE_ENDPOINTS.to_owned()),
        ("charged_fees", CHARGED_FEES.to_owned()),
        ("fee_lines", FEE_LINES.to_owned()),
        ("sums_and_fees", SUMS_AND_FEES.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use domain::calls::Endpoint;
    use domain::words::Word;
    use strum::VariantArray;

    use super::FREE_ENDPOINTS;

    #[test]
    fn every_free_endpoint_is_left_out() {
        for endpoint in Endpoint::VARIANTS.iter().filter(|endpoint| endpoint.is_free()) {
            assert!(FREE_ENDPOINTS.contains(&format!("'{}'", endpoint.as_str())), "{}", endpoint.as_str());
        }
    }
}
