//! What a stream has revealed so far about its call, and what happens to each of its events.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use domain::calls::{CallOutcome, SeenAnswer, Status};
use domain::usage::{ReportedUsage, UsageReport};

use crate::wire::{
    AnthropicCounts, GeminiCounts, MadeObjects, ReportedPart, UpstreamError, UsedTools, read_usage,
};

use super::generated::GeneratedText;

#[expect(clippy::struct_excessive_bools, reason = "independent facts about one stream")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// All reports merged, see [`domain::usage::UsageReport::merge`].
    pub usage: Option<ReportedUsage>,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub response_id: Option<String>,
    pub used_tools: UsedTools,
    /// What the answer bills beside `usage`.
    pub parts: Vec<ReportedPart>,
    /// Whether the provider bills nothing, although it reports what it read.
    pub is_unbilled: bool,
    pub made: MadeObjects,
    /// How the stream ended, once its terminal event was seen.
    pub ending: Option<StreamEnding>,
    /// After `finish`: the stream ended without its terminal event.
    pub truncated: bool,
    /// The last error event in the stream.
    pub error: Option<UpstreamError>,
    /// Events that carried generated text.
    pub content_events: u64,
    /// Events whose data was not a whole JSON object.
    pub malformed_events: u64,
    /// Events too long to read in full.
    pub unread_events: u64,
    pub(crate) text: GeneratedText,
    /// The counts behind `usage`, where they are more than it.
    pub(crate) counts: AnthropicCounts,
    pub(crate) gemini: GeminiCounts,
    /// The first usage object, unchanged.
    pub(crate) first_usage: Option<String>,
    /// One bit for each choice that has a finish reason.
    finished_choices: u128,
    /// The same for each choice that was seen, where an answer may have fewer than were asked for.
    seen_choices: u128,
    /// Whether the reported output is that of the whole answer.
    is_usage_final: bool,
    /// Whether nothing was generated since the last report.
    is_usage_latest: bool,
}

/// The terminal event of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnding {
    /// `data: [DONE]`, or a body that is not a stream at all
    Done,
    /// `response.completed` or `message_stop`
    Completed,
    /// `response.incomplete`: cut by its output bound or a filter.
    Incomplete,
    /// `response.failed` or `response.cancelled`
    Failed,
}

impl Observed {
    /// Whether the terminal event was seen.
    pub fn is_done(&self) -> bool {
        self.ending.is_some()
    }

    /// Whether the answer is complete: its terminal event was seen, or all of its choices have a finish reason, as many as
    /// were asked for, or all that were seen.
    pub fn is_finished(&self, choices: u32) -> bool {
        self.is_done()
            || self.finished_choices.count_ones() >= choices.clamp(1, u128::BITS)
            || self.seen_choices != 0 && self.finished_choices & self.seen_choices == self.seen_choices
    }

    /// Whether the token counts are final: the terminal event or the last finish reason came with or before them, or
    /// `[DONE]` directly after them. Counts of a running stream are a lower bound.
    pub fn has_final_usage(&self) -> bool {
        self.is_usage_final && self.usage.as_ref().is_some_and(|usage| usage.report.has_counts())
    }

    /// Whether some of the stream could not be read.
    pub fn has_unread_events(&self) -> bool {
        self.malformed_events > 0 || self.unread_events > 0
    }

    /// UTF-8 bytes of generated text.
    pub fn text_bytes(&self) -> u64 {
        self.text.bytes()
    }

    /// Whether the call failed, see [`UpstreamError::fails_call`].
    pub fn is_failed(&self) -> bool {
        UpstreamError::fails_call(self.error.as_ref(), self.text_bytes(), self.usage.as_ref())
    }

    /// How a response in the background ended, read from its stream; `None` without the event that ends a response.
    pub fn background_outcome(&self) -> Option<CallOutcome> {
        if !matches!(self.ending?, StreamEnding::Completed | StreamEnding::Incomplete | StreamEnding::Failed)
        {
            return None;
        }
        let is_failed = self.is_failed();
        Some(CallOutcome {
            status: if is_failed { Status::Failed } else { Status::Settled },
            answer: (!is_failed).then_some(SeenAnswer {
                text_bytes: self.text_bytes(),
                is_final: self.has_final_usage(),
                // The stream may begin in the middle, and work that was cancelled need not show what it generated.
                has_unseen: !self.has_final_usage(),
            }),
            is_free: is_failed,
            is_not_billed: self.is_unbilled,
            error_code: self.error.as_ref().map(UpstreamError::recorded_code),
            usage: self.usage.clone(),
            parts: Vec::new(),
            used_tools: self.used_tools.counts(),
            served_model: self.served_model.clone(),
            service_tier: self.service_tier.clone(),
        })
    }

    /// Keeps a name without allocating for every chunk that repeats it.
    pub(crate) fn keep(slot: &mut Option<String>, name: &str) {
        if !name.is_empty() && slot.as_deref() != Some(name) {
            *slot = Some(name.to_owned());
        }
    }

    pub(crate) fn see_choice(&mut self, index: u32) {
        self.seen_choices |= 1 << index.min(u128::BITS - 1);
    }

    pub(crate) fn finish_choice(&mut self, index: u32) {
        self.finished_choices |= 1 << index.min(u128::BITS - 1);
    }

    /// An event with output of the model, or with its end.
    pub(crate) fn generated(&mut self, bytes: u64) {
        self.is_usage_latest = false;
        self.is_usage_final &= bytes == 0;
    }

    /// Reads the usage object of an event, after everything else of the event.
    pub(crate) fn report(&mut self, object: &str, choices: u32) {
        let Some(report) = read_usage(object) else { return };
        let usage = self
            .usage
            .get_or_insert_with(|| ReportedUsage { report: UsageReport::default(), raw: String::new() });
        usage.merge(&report, object);
        let is_current = report.output_tokens.is_some() && usage.report.output_tokens == report.output_tokens;
        if is_current {
            self.counted(choices);
        }
    }

    /// The usage of a whole document.
    pub(super) fn report_whole(&mut self, usage: ReportedUsage) {
        let has_output = usage.report.output_tokens.is_some();
        self.usage = Some(usage);
        if has_output {
            self.counted(1);
        }
    }

    /// After a report of the output so far.
    pub(crate) fn counted(&mut self, choices: u32) {
        self.is_usage_latest = true;
        self.is_usage_final = self.is_finished(choices);
    }

    pub(super) fn done(&mut self) {
        self.end(StreamEnding::Done);
    }

    /// The terminal event. Counts directly before it are those of the whole answer.
    pub(crate) fn end(&mut self, ending: StreamEnding) {
        self.ending.get_or_insert(ending);
        self.is_usage_final |= self.is_usage_latest;
    }
}

/// What happens to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventVerdict {
    Forward,
    Last,
    Drop,
    /// Ranges of the event to leave out, ascending and disjoint.
    Cut(Vec<Range<usize>>),
}

impl EventVerdict {
    /// The event as it is forwarded.
    pub(super) fn apply(self, event: Bytes) -> Bytes {
        match self {
            Self::Forward | Self::Last => event,
            Self::Drop => Bytes::new(),
            Self::Cut(ranges) => without(&event, &ranges),
        }
    }
}

fn without(event: &[u8], ranges: &[Range<usize>]) -> Bytes {
    let mut kept = BytesMut::with_capacity(event.len());
    let mut copied = 0;
    for range in ranges {
        kept.extend_from_slice(event.get(copied..range.start).unwrap_or_default());
        copied = range.end;
    }
    kept.extend_from_slice(event.get(copied..).unwrap_or_default());
    kept.freeze()
}
