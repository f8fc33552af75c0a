//! The counts of a group of calls.

use tokio_postgres::Row;

use super::measures::column;

/// Declares the counts once: as fields, as columns of a row, and in differences.
macro_rules! counts {
    ($($(#[$doc:meta])* $count:ident,)+) => {
        /// Sums of integers over calls.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Counts {
            $($(#[$doc])* pub $count: i64,)+
        }

        /// Where the counts are in a row.
        #[derive(Debug)]
        pub(super) struct CountColumns {
            $($count: Option<usize>,)+
        }

        impl CountColumns {
            pub(super) fn of(row: &Row) -> Self {
                Self { $($count: column(row, stringify!($count)),)+ }
            }
        }

        impl Counts {
            pub(super) fn from_row(row: &Row, columns: &CountColumns) -> Self {
                Self { $($count: columns.$count.map_or(0, |at| row.get(at)),)+ }
            }

            pub(super) fn add(&mut self, other: &Self) {
                $(self.$count += other.$count;)+
            }

            pub(super) fn without(&self, other: &Self) -> Self {
                Self { $($count: self.$count - other.$count,)+ }
            }
        }
    };
}

counts! {
    calls,
    failed_calls,
    estimated_calls,
    abandoned_calls,
    unpriced_calls,
    attempts,
    input_tokens,
    cached_tokens,
    cache_write_tokens,
    cache_write_long_tokens,
    audio_input_tokens,
    cached_audio_tokens,
    output_tokens,
    reasoning_tokens,
    audio_output_tokens,
    image_output_tokens,
    /// Of attempts that failed and were tried again, inside the totals.
    retried_input_tokens,
    retried_output_tokens,
}
