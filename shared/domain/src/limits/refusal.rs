//! A refusal by a limit: what the caller can do, and how it reads.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Metric, Period, SubjectKind};
use crate::ids::{KeyId, LimitId};
use crate::money::PicoUsd;

/// Callers are not asked to wait longer than this.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A limit that applied to a call, as it stood at admission. Amounts are counts, or pico-USD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    pub id: Uuid,
    pub subject_kind: SubjectKind,
    /// A label, a key's uuid, `name=value`, or empty.
    pub subject_id: String,
    pub metric: Metric,
    pub period: Period,
    #[serde(rename = "hard")]
    pub is_hard: bool,
    pub cap: i64,
    /// Settled; calls in flight are `reserved`.
    pub used: i64,
    pub reserved: i64,
    pub resets_at: Option<DateTime<Utc>>,
}

impl Applied {
    /// What neither settled nor reserved calls have taken.
    pub fn remaining(&self) -> i64 {
        self.cap.saturating_sub(self.used).saturating_sub(self.reserved).max(0)
    }
}

/// A call was refused because it might have exceeded this limit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    #[serde(flatten)]
    pub limit: Applied,
    /// The most the call could have used of it.
    pub need: i64,
}

/// What a refused caller can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// The window ends or a slot becomes free soon.
    RateLimited(Duration),
    /// Calls in flight hold what this one needs; they give most of it back.
    Reserved(Duration),
    /// The call is larger than what settled calls have left, though they have not used it up. Waiting for other calls
    /// does not help; a smaller bound does.
    TooLarge,
    /// Settled calls have used up the money.
    BudgetUsedUp,
    /// Settled calls have used up the requests or tokens.
    QuotaUsedUp,
}

impl Outlook {
    /// Whether settled calls have used the limit up.
    pub const fn is_used_up(self) -> bool {
        matches!(self, Self::BudgetUsedUp | Self::QuotaUsedUp)
    }

    /// What callers can do, to follow the refusal in a message.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::RateLimited(_) => " Try again after `retry-after-ms`.",
            Self::Reserved(_) => {
                " Calls in flight release what they do not use: try again after `retry-after-ms`."
            }
            Self::TooLarge => {
                " To make the call fit, set or lower `max_completion_tokens` (Chat Completions), \
                `max_output_tokens` and `max_tool_calls` (Responses) or `max_tokens` (legacy Completions), or send less \
                input."
            }
            Self::BudgetUsedUp | Self::QuotaUsedUp => "",
        }
    }
}

impl Refusal {
    /// `jitter` is a random number in `[0, 1)`, so that callers do not come back together.
    pub fn outlook(&self, now: DateTime<Utc>, jitter: f64) -> Outlook {
        let Applied { metric, cap, used, .. } = self.limit;
        let soon = Duration::from_millis(500) + Duration::from_millis(1500).mul_f64(jitter.clamp(0.0, 1.0));
        let until_reset = self.limit.resets_at.map(|at| (at - now).to_std().unwrap_or_default());
        let resets_soon = until_reset.filter(|wait| *wait <= LONGEST_WAIT && self.need <= cap);
        let is_used_up = used >= cap;
        match (metric, resets_soon) {
            (Metric::Concurrency, _) if cap > 0 => Outlook::RateLimited(soon),
            // A budget is not a rate limit, even if its window ends soon.
            (Metric::Usd, _) if is_used_up => Outlook::BudgetUsedUp,
            // Most reservations are given back in part, and soon.
            (Metric::Usd | Metric::Tokens, _) if self.need <= cap.saturating_sub(used) => {
                Outlook::Reserved(soon)
            }
            (Metric::Requests | Metric::Tokens, Some(wait)) => {
                Outlook::RateLimited((wait + Duration::from_secs(1).mul_f64(jitter)).min(LONGEST_WAIT))
            }
            (Metric::Requests | Metric::Tokens | Metric::Concurrency, _) if is_used_up => {
                Outlook::QuotaUsedUp
            }
            // Each call in flight will be a request, but only settled ones are final.
            (Metric::Requests, _) => Outlook::Reserved(soon),
            (Metric::Usd | Metric::Tokens | Metric::Concurrency, _) => Outlook::TooLarge,
        }
    }
}

/// Names the limit, what remains of it, and when it resets.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, need } = self;
        let amount = |amount: i64| Amount { metric: limit.metric, amount };
        let subject = match limit.subject_kind {
            SubjectKind::Global => "everyone".to_owned(),
            SubjectKind::Label => format!("the label '{}'", limit.subject_id),
            SubjectKind::Key => match limit.subject_id.parse() {
                Ok(uuid) => format!("the key {}", KeyId::from_uuid(uuid)),
                Err(_) => "the key".to_owned(),
            },
            SubjectKind::Tag => format!("the tag '{}'", limit.subject_id),
        };
        let window = match (limit.metric, limit.period) {
            (Metric::Concurrency, _) => "at once",
            (_, Period::Total) => "in total",
            (_, Period::Minute) => "a minute",
            (_, Period::Hour) => "an hour",
            (_, Period::Day) => "a day",
            (_, Period::Week) => "a week",
            (_, Period::Month) => "a month",
        };
        write!(f, "The limit {} of {} {window}", LimitId::from_uuid(limit.id), amount(limit.cap))?;
        if limit.used >= limit.cap {
            write!(f, " for {subject} is used up: {} used.", amount(limit.used))?;
        } else {
            write!(
                f,
                " for {subject} would be exceeded: {} used, {} reserved by calls in flight, {} remaining, and this call may need {}.",
                amount(limit.used),
                amount(limit.reserved),
                amount(limit.remaining()),
                amount(*need),
            )?;
        }
        // Where the call exceeds the whole limit, no window will ever let it through.
        match limit.resets_at.filter(|_| *need <= limit.cap) {
            Some(at) => write!(f, " It resets at {}.", at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => Ok(()),
        }
    }
}

struct Amount {
    metric: Metric,
    amount: i64,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.metric {
            Metric::Usd => write!(f, "{} USD", PicoUsd::from_pico(self.amount)),
            Metric::Requests => write!(f, "{} requests", self.amount),
            Metric::Tokens => write!(f, "{} tokens", self.amount),
            Metric::Concurrency => write!(f, "{} calls", self.amount),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(
        metric: Metric,
        cap: i64,
        used: i64,
        reserved: i64,
        need: i64,
        reset_s: Option<i64>,
    ) -> Outlook {
        let now = DateTime::UNIX_EPOCH;
        let limit = Applied {
            id: Uuid::nil(),
            subject_kind: SubjectKind::Global,
            subject_id: String::new(),
            metric,
            period: Period::Day,
            is_hard: true,
            cap,
            used,
            reserved,
            resets_at: reset_s.map(|seconds| now + chrono::TimeDelta::seconds(seconds)),
        };
        Refusal { limit, need }.outlook(now, 0.0)
    }

    #[test]
    fn a_refusal_says_whether_waiting_helps() {
        let soon = Duration::from_millis(500);
        let used_up = |metric, need, reset_s| refusal(metric, 10, 10, 0, need, reset_s);
        let cases = [
            (refusal(Metric::Usd, 10, 2, 7, 5, None), Outlook::Reserved(soon)),
            (refusal(Metric::Usd, 10, 6, 0, 5, None), Outlook::TooLarge),
            (refusal(Metric::Usd, 10, 9, 1, 2, None), Outlook::TooLarge),
            (refusal(Metric::Usd, 10, 0, 0, 11, None), Outlook::TooLarge),
            // A budget is not a rate limit, even if its window ends soon.
            (refusal(Metric::Usd, 10, 6, 0, 5, Some(30)), Outlook::TooLarge),
            (used_up(Metric::Usd, 1, Some(30)), Outlook::BudgetUsedUp),
            (used_up(Metric::Usd, 11, None), Outlook::BudgetUsedUp),
            (refusal(Metric::Usd, 0, 0, 0, 1, None), Outlook::BudgetUsedUp),
            (refusal(Metric::Usd, 10, 12, 0, 1, None), Outlook::BudgetUsedUp),
            (refusal(Metric::Tokens, 10, 2, 7, 5, Some(30)), Outlook::Reserved(soon)),
            (refusal(Metric::Tokens, 10, 6, 0, 5, Some(30)), Outlook::RateLimited(Duration::from_secs(30))),
            (refusal(Metric::Tokens, 10, 6, 0, 5, Some(3600)), Outlook::TooLarge),
            (used_up(Metric::Tokens, 5, Some(3600)), Outlook::QuotaUsedUp),
            // Larger than the limit itself: no window will ever let it through.
            (refusal(Metric::Tokens, 10, 0, 0, 11, Some(30)), Outlook::TooLarge),
            (used_up(Metric::Tokens, 11, Some(30)), Outlook::QuotaUsedUp),
            (refusal(Metric::Requests, 10, 4, 6, 1, Some(60)), Outlook::RateLimited(Duration::from_mins(1))),
            (refusal(Metric::Requests, 10, 4, 6, 1, Some(61)), Outlook::Reserved(soon)),
            (used_up(Metric::Requests, 1, Some(61)), Outlook::QuotaUsedUp),
            (used_up(Metric::Requests, 1, None), Outlook::QuotaUsedUp),
            (refusal(Metric::Concurrency, 2, 0, 2, 1, None), Outlook::RateLimited(soon)),
            (refusal(Metric::Concurrency, 0, 0, 0, 1, None), Outlook::QuotaUsedUp),
        ];
        for (index, (outlook, expected)) in cases.into_iter().enumerate() {
            assert_eq!(outlook, expected, "case {index}");
        }
    }
}
