//! Reads OpenAI's usage object of any endpoint, and those of servers that speak OpenAI's format with names of their own.

use domain::usage::{ReportedUsage, UsageReport};

use crate::json::{as_present, read_array, read_object};
use crate::wire::count::Count;
use crate::wire::stated_cost::StatedCost;

/// Reads a usage object; `None` if it is not one.
pub fn parse_usage(object: &str) -> Option<ReportedUsage> {
    Some(ReportedUsage { report: read_usage(object)?, raw: object.to_owned() })
}

/// Reads both naming schemes (`prompt_tokens` and `input_tokens`). Some providers fill in one of them and leave the
/// other at zero or null; if both have counts, the larger one is taken.
pub(crate) fn read_usage(object: &str) -> Option<UsageReport> {
    let mut report = UsageReport::default();
    let mut cached_by_other_names = None;
    let mut stated = StatedCost::default();
    for member in read_object(object)?.members {
        let value = member.value;
        match member.key.as_ref() {
            "prompt_tokens" | "input_tokens" => {
                keep_total(&mut report, |report| &mut report.input_tokens, Count::read(value));
            }
            "completion_tokens" | "output_tokens" => {
                keep_total(&mut report, |report| &mut report.output_tokens, Count::read(value));
            }
            // Only confirms the others, so one that is not believable is ignored.
            "total_tokens" => report.total_tokens = Count::read(value).known().or(report.total_tokens),
            // DeepSeek's, Mistral's and Moonshot's names.
            "prompt_cache_hit_tokens" | "num_cached_tokens" | "cached_tokens" => {
                cached_by_other_names = Count::read(value).known().or(cached_by_other_names);
            }
            // Mistral has both, the second one with `prompt_token`.
            "prompt_tokens_details" | "input_tokens_details" | "prompt_token_details" => {
                read_details(value, &mut report, |report, name| match name {
                    "cached_tokens" => Some(&mut report.cached_tokens),
                    "cache_write_tokens" => Some(&mut report.cache_write_tokens),
                    "audio_tokens" => Some(&mut report.audio_input_tokens),
                    _ => None,
                });
            }
            "completion_tokens_details" | "output_tokens_details" => {
                read_details(value, &mut report, |report, name| match name {
                    "reasoning_tokens" => Some(&mut report.reasoning_tokens),
                    "audio_tokens" => Some(&mut report.audio_output_tokens),
                    _ => None,
                });
            }
            name => stated.see(name, value),
        }
    }
    report.stated_cost = stated.read();
    // A call with a body has input.
    report.input_tokens = report.input_tokens.filter(|count| *count > 0);
    report.cached_tokens = report.cached_tokens.or(cached_by_other_names);
    add_reasoning_beside_output(&mut report);
    Some(report)
}

/// xAI's chat completions and Gemini's compatible endpoint count reasoning beside the output, all others inside it. The
/// sum decides, since one provider may do both.
fn add_reasoning_beside_output(report: &mut UsageReport) {
    let (Some(input), Some(output), Some(reasoning), Some(total)) =
        (report.input_tokens, report.output_tokens, report.reasoning_tokens, report.total_tokens)
    else {
        return;
    };
    if total == input + output + reasoning {
        report.output_tokens = Some(output + reasoning);
    }
}

/// Where a usage object may stand in a response or a chunk; the first one that is there counts.
#[derive(Default)]
pub(crate) struct UsagePlaces<'a> {
    /// `usage`
    pub own: Option<&'a str>,
    /// `x_groq.usage`, which Groq's last chunk has whether or not usage was asked for.
    pub groq: Option<&'a str>,
    /// `choices[0].usage`, in which Moonshot reports.
    pub choice: Option<&'a str>,
}

impl<'a> UsagePlaces<'a> {
    pub(crate) fn first(&self) -> Option<&'a str> {
        self.own.or(self.groq).or(self.choice)
    }

    /// Reads `x_groq`.
    pub(crate) fn read_groq(&mut self, object: &'a str) {
        self.groq = usage_in(object).or(self.groq);
    }

    /// Reads `choices`. Walks them, so it is for responses without a usage in another place.
    pub(crate) fn read_choices(&mut self, choices: &'a str) {
        self.choice = read_array(choices).into_iter().next().and_then(usage_in).or(self.choice);
    }
}

fn usage_in(object: &str) -> Option<&str> {
    let members = read_object(object)?.members;
    members.iter().rfind(|member| member.key == "usage").and_then(|member| as_present(member.value))
}

fn keep_total(report: &mut UsageReport, slot: fn(&mut UsageReport) -> &mut Option<i64>, count: Count) {
    match count {
        Count::Absent => {}
        Count::Unreadable => report.has_unreadable_counts = true,
        Count::Zero => {
            slot(report).get_or_insert(0);
        }
        Count::Known(count) => {
            let earlier = slot(report).replace(count).filter(|earlier| *earlier > 0);
            if let Some(earlier) = earlier.filter(|earlier| *earlier != count) {
                *slot(report) = Some(earlier.max(count));
                report.has_rival_counts = true;
            }
        }
    }
}

fn read_details(
    object: &str,
    report: &mut UsageReport,
    slot: for<'a> fn(&'a mut UsageReport, &str) -> Option<&'a mut Option<i64>>,
) {
    let Some(object) = as_present(object) else { return };
    let Some(details) = read_object(object) else {
        report.has_unreadable_counts = true;
        return;
    };
    for member in details.members {
        let count = Count::read(member.value);
        // An unknown detail may have any type; token counts must be numbers.
        if matches!(count, Count::Unreadable) && member.key.ends_with("_tokens") {
            report.has_unreadable_counts = true;
        }
        if let (Some(count), Some(detail)) = (count.known(), slot(report, &member.key)) {
            *detail = Some(count);
        }
    }
}
