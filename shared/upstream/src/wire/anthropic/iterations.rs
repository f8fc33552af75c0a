//! The sampling steps of one answer. Some are billed beside the answer's own counts, at the prices of other models.

use super::counts::Counts;
use crate::json::{as_text, members, read_array};
use crate::wire::part::ReportedPart;

/// One entry of `usage.iterations`.
struct Step {
    kind: String,
    model: Option<String>,
    counts: Counts,
}

/// What the steps bill beside the answer's own counts:
/// - `compaction` and `advisor_message` are never in those counts;
/// - a `message` is, unless a fallback replaced it: then it is billed at its own model if it has output;
/// - a `fallback_message` is the answer itself.
///
/// A step of an unknown kind is taken to be billed on its own: the larger reading.
pub(super) fn billed_parts(iterations: &str, served_model: Option<&str>) -> Vec<ReportedPart> {
    let steps: Vec<Step> = read_array(iterations).into_iter().filter_map(step).collect();
    let has_fallback = steps.iter().any(|step| step.kind == "fallback_message");
    let is_billed = |step: &&Step| match step.kind.as_str() {
        "message" => {
            has_fallback && !step.counts.is_without_output() && step.model.as_deref() != served_model
        }
        "fallback_message" => false,
        _ => true,
    };
    let part = |step: &Step| ReportedPart { model: step.model.clone(), report: step.counts.report() };
    steps.iter().filter(is_billed).map(part).collect()
}

/// The model of the last fallback, which is the one that answered.
pub(super) fn fallback_model(iterations: &str) -> Option<String> {
    let mut steps = read_array(iterations).into_iter().rev().filter_map(step);
    steps.find(|step| step.kind == "fallback_message")?.model
}

fn step(entry: &str) -> Option<Step> {
    let counts = Counts::read(entry)?;
    let text = |name: &str| {
        let fields = members(entry).ok()?;
        fields.iter().find(|field| field.key == name).and_then(|field| as_text(field.value))
    };
    Some(Step { kind: text("type").unwrap_or_default(), model: text("model"), counts })
}
