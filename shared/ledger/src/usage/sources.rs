//! Where `measures.sql` takes its rows from: the parts of its text that depend on it.

/// How a statement's buckets are put together, and how it finds the groups that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Each bucket by itself, from whole rollup buckets and ledger rows inside it.
    Ranges,
    /// One bucket, which has a beginning. If it reaches what is not sealed yet, it is put together as that of a series,
    /// where only its beginning can have rows subtracted; then the time of the last call is that of a group which has
    /// rows in the bucket, and earlier for any other. Else as in `Ranges`.
    Latest,
    /// Buckets that follow each other, put together from pieces around their edges, where the time of the last call and
    /// the extremes need not be those of the bucket. A row belongs to its bucket with its sign, and to `other_bucket`,
    /// if there is one, with the opposite sign.
    Series,
    /// As a series, of a few pairs of label and model: far fewer rollups than all those labels with all those models.
    SeriesOfPairs,
}

const SPANS: &str = "select span.level, span.span_from, span.span_to, bucket.number::integer as bucket
    from query
    cross join state
    cross join unnest(query.starts, query.ends) with ordinality as bucket (bucket_from, bucket_to, number)
    cross join lateral usage_spans(bucket.bucket_from, bucket.bucket_to, state.sealed_until) as span";
const PIECES: &str =
    "select piece.level, piece.span_from, piece.span_to, piece.bucket, piece.sign, piece.other_bucket, piece.starts
    from query
    cross join state
    cross join lateral usage_pieces(
        query.starts || query.ends[cardinality(query.ends)], state.sealed_until
    ) as piece";
const LATEST: &str =
    "select piece.level, piece.span_from, piece.span_to, piece.bucket, piece.sign, piece.other_bucket, piece.starts
    from query
    cross join state
    cross join lateral usage_pieces(query.starts || query.ends, state.sealed_until) as piece
    where query.ends[1] >= state.sealed_until
    union all
    select span.level, span.span_from, span.span_to, 1, 1::smallint, null, null
    from query
    cross join state
    cross join lateral usage_spans(query.starts[1], query.ends[1], state.sealed_until) as span
    where query.ends[1] < state.sealed_until";
const PAIRS: &str =
    "cross join unnest(query.pair_labels, query.pair_models) as pair (label_wanted, model_wanted)";
const OF_PAIR: &str = "r.user_label = pair.label_wanted and r.model = pair.model_wanted";
const OF_FILTER: &str = "(query.user_labels is null or user_label = any(query.user_labels))
            and (query.models is null or model = any(query.models))";

/// What is not grouped by is null where it is read: a row then ends with its last column that is needed.
const GROUP: &str = "case when 'model' = any(query.dimensions) then model end as model,
            case when 'provider' = any(query.dimensions) then {provider} end as provider,
            case when 'user_label' = any(query.dimensions) then user_label end as user_label,
            case when 'key' = any(query.dimensions) then key_id end as key_id";

impl Source {
    /// The text of `measures.sql` for this source.
    pub(super) fn complete(self, template: &str) -> String {
        let spans = match self {
            Self::Ranges => SPANS,
            Self::Latest => LATEST,
            Self::Series | Self::SeriesOfPairs => PIECES,
        };
        let is_of_pieces = self != Self::Ranges;
        let is_of_pairs = self == Self::SeriesOfPairs;
        let either = |condition: bool, one, other| if condition { one } else { other };
        let parts = [
            ("spans", spans),
            ("pairs", either(is_of_pairs, PAIRS, "")),
            ("groups_wanted", either(is_of_pairs, OF_PAIR, OF_FILTER)),
            (
                "rollup_bucket",
                either(
                    is_of_pieces,
                    "coalesce(spans.bucket, width_bucket(bucket_at, spans.starts)) as bucket, sign, other_bucket",
                    "bucket",
                ),
            ),
            ("ledger_bucket", either(is_of_pieces, "bucket, sign, other_bucket", "bucket")),
            (
                "signs",
                either(
                    is_of_pieces,
                    "sign,\n    other_bucket::bigint as other_bucket",
                    "1::smallint as sign,\n    null::bigint as other_bucket",
                ),
            ),
            ("bucket_columns", either(is_of_pieces, "bucket, sign, other_bucket", "bucket")),
        ];
        let template = parts
            .iter()
            .fold(template.to_owned(), |sql, (name, text)| sql.replace(&format!("{{{name}}}"), text));
        template
            .replace("{group_of_rollup}", &GROUP.replace("{provider}", "coalesce(provider, 'openai')"))
            .replace("{group_of_ledger}", &GROUP.replace("{provider}", "provider"))
    }
}
