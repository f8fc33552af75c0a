//! What a call is recorded as having used: its answer and its bounds, put to [`domain::usage::resolve`].

use domain::calls::{Admitted, Endpoint};
use domain::pricing::PriceBook;
use domain::usage::{Answer, Usage, UsageBound, UsageQuality, UsageReport, resolve, shows_all_output};

use super::record::{CallEnding, NewCall};

/// What was seen of the provider's answer beside its token counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenAnswer {
    pub text_bytes: u64,
    /// Whether the answer was complete when its token counts came.
    pub is_final: bool,
    /// Whether some of the answer was not seen: it is still being generated, or could not be read.
    pub has_unseen: bool,
}

/// The usage to record; `None` if nothing is known of it.
pub(super) fn usage(
    new: &NewCall,
    admitted: &Admitted,
    prices: &PriceBook,
    ending: &CallEnding,
) -> Option<(Usage, UsageQuality)> {
    let report = ending.usage.as_ref().map(|usage| &usage.report);
    let Some(seen) = ending.answer else {
        // An error response may report what it used all the same.
        return report.filter(|report| report.has_counts()).map(UsageReport::reading);
    };
    let answer = Answer {
        text_bytes: seen.text_bytes,
        is_final: seen.is_final,
        may_hide_output: seen.has_unseen || may_hide_output(new, ending.served_model.as_deref()),
        may_grow_input: new.uses_provider_tools(),
        has_output: new.endpoint.has_output(),
    };
    let bound = UsageBound {
        input_tokens: new.input_bound_tokens,
        output_tokens: admitted.output_bound_tokens,
        model_output_tokens: prices
            .max_output_tokens(&new.model, admitted.opened_at)
            .saturating_mul(new.choices),
    };
    Some(resolve(report, answer, bound))
}

/// Whether the provider can bill output that its answer does not show as text.
fn may_hide_output(new: &NewCall, served_model: Option<&str>) -> bool {
    let shows = |model: &str| shows_all_output(model);
    new.background
        || new.hides_choices
        // What was compacted is encrypted.
        || new.endpoint == Endpoint::ResponsesCompact
        || new.uses_provider_tools()
        || !shows(&new.model)
        || served_model.is_some_and(|served| !shows(served))
}
