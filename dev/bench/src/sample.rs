//! Percentiles, and how tables show them.

use std::time::Duration;

pub(crate) struct Sample {
    pub p50: Duration,
    pub p99: Duration,
}

impl Sample {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
        Self { p50: at(50), p99: at(99) }
    }

    /// One cell: p50 and p99.
    pub(crate) fn cell(&self) -> String {
        format!("{} / {}", ms(self.p50), ms(self.p99))
    }
}

/// Three cells: direct calls, metered calls, and the difference.
pub(crate) fn comparison(direct: &Sample, metered: &Sample) -> String {
    let added =
        Sample { p50: metered.p50.saturating_sub(direct.p50), p99: metered.p99.saturating_sub(direct.p99) };
    format!("{} | {} | **{}**", direct.cell(), metered.cell(), added.cell())
}

pub(crate) fn ms(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1000.0)
}
