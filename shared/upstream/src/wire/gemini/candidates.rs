//! One candidate of a response or a chunk: what it generated, whether it is finished, which tools it shows.

use super::{field, json_name, uses};
use crate::json::{Member, as_str, read_array, read_object, text_bytes};
use crate::sse::Observed;

/// Parts of a part that the model did not write as text.
const NOT_TEXT: [&str; 4] = ["thoughtSignature", "inlineData", "fileData", "codeExecutionResult"];

/// Reads one candidate. That of a chunk which breaks off is not finished, whatever it says.
pub(super) fn read(candidate: &str, at: usize, is_whole: bool, observed: &mut Observed) {
    let members = read_object(candidate).map(|candidate| candidate.members).unwrap_or_default();
    let index = field(&members, "index").and_then(|index| index.parse().ok());
    let index: u32 = index.unwrap_or(u32::try_from(at).unwrap_or(u32::MAX));
    observed.see_choice(index);
    let bytes = field(&members, "content").map(content_bytes).unwrap_or_default();
    observed.generated(bytes);
    if bytes > 0 {
        observed.content_events += 1;
        observed.text.add_delta(bytes);
    }
    if is_whole && is_finished(&members) {
        observed.finish_choice(index);
    }
    uses::read(&members, index, observed);
}

/// By name, or by number for clients that ask for numbers.
fn is_finished(candidate: &[Member<'_>]) -> bool {
    let Some(reason) = field(candidate, "finishReason") else { return false };
    as_str(reason).map_or(reason != "0", |name| !name.is_empty() && name != "FINISH_REASON_UNSPECIFIED")
}

fn content_bytes(content: &str) -> u64 {
    let members = read_object(content).map(|content| content.members).unwrap_or_default();
    let parts = field(&members, "parts").map(read_array).unwrap_or_default();
    parts.into_iter().map(part_bytes).sum()
}

fn part_bytes(part: &str) -> u64 {
    let members = read_object(part).map(|part| part.members).unwrap_or_default();
    let written = members.iter().filter(|member| !NOT_TEXT.contains(&json_name(&member.key).as_ref()));
    written.map(|member| text_bytes(member.value)).sum()
}
