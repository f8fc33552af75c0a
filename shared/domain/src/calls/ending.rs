//! How the provider's part of a call ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{CallPart, Status};
use crate::pricing::ToolUses;
use crate::usage::{ReportedCost, ReportedUsage, Usage};

#[derive(Debug)]
pub struct CallEnding {
    pub outcome: CallOutcome,
    pub exchange: CallExchange,
}

/// What decides the status, the tokens and the money of a call.
#[derive(Debug)]
pub struct CallOutcome {
    pub status: Status,
    /// `None` if there was no answer: without reported usage, no tokens are recorded, at unknown cost.
    pub answer: Option<SeenAnswer>,
    /// Whether a call without usage certainly cost nothing: it never reached the provider, or was refused there.
    pub is_free: bool,
    /// Whether the provider bills nothing of what it reports, as of a refusal before any output: the tokens are kept, at
    /// cost 0.
    pub is_not_billed: bool,
    pub error_code: Option<String>,
    pub usage: Option<ReportedUsage>,
    /// What the answer bills beside `usage`.
    pub parts: Vec<CallPart>,
    pub used_tools: ToolUses,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
}

/// What was seen of the provider's answer beside its token counts.
#[derive(Debug, Clone, Copy)]
pub struct SeenAnswer {
    pub text_bytes: u64,
    /// Whether the answer was complete when its token counts came.
    pub is_final: bool,
    /// Whether some of the answer was not seen: it is still being generated, or could not be read.
    pub has_unseen: bool,
}

/// How the response came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallExchange {
    pub http_status: Option<u16>,
    pub attempts: u32,
    pub retried: Usage,
    pub first_byte: Option<Duration>,
    /// Time that is not our overhead: waiting for the provider, or for a caller who reads slowly.
    pub waited: Duration,
    pub upstream_request_id: Option<String>,
    /// What the head of the answer says that it costs.
    #[serde(skip)]
    pub stated_cost: Option<ReportedCost>,
}
