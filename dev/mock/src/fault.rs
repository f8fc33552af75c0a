//! The table of faults: their names and what a caller receives.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::endpoint::Wire;

/// What the caller of a faulty request receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultOutcome {
    /// A 2xx response that reports usage.
    Usage,
    /// A 2xx response, complete or not, that ends without usage.
    NoUsage,
    /// A 2xx response whose usage is wrong or not final.
    WrongUsage,
    /// An HTTP error status.
    Refused(u16),
    /// An HTTP error status for the first attempts, then a 2xx response with usage.
    RefusedThenUsage(u16),
    /// The connection breaks before or during the response.
    Broken,
    /// No response.
    Never,
}

macro_rules! faults {
    (
        openai { $($variant:ident $name:literal $plain:expr, $stream:expr, $about:literal;)* }
        others { $($other:ident $other_name:literal $other_about:literal;)* }
    ) => {
        /// A fault, selected by script, header, metadata or model name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Fault {
            $(#[doc = $about] #[serde(rename = $name)] $variant,)*
            $(#[doc = $other_about] #[serde(rename = $other_name)] $other,)*
        }

        impl Fault {
            /// Every fault of OpenAI's endpoints, for a matrix test.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// Faults that only other providers have.
            pub const OF_OTHERS: &'static [Self] = &[$(Self::$other,)*];

            /// The name used in headers and metadata and, with the prefix `mock-`, as a model.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* $(Self::$other => $other_name,)* }
            }

            /// A one-line description.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* $(Self::$other => $other_about,)* }
            }

            /// What the caller of a chat completion or a response receives.
            ///
            /// The faults of other providers change nothing there.
            pub fn outcome(self, stream: bool) -> FaultOutcome {
                use FaultOutcome::{Broken, Never, NoUsage, Refused, RefusedThenUsage, Usage, WrongUsage};
                match self {
                    $(Self::$variant => if stream { $stream } else { $plain },)*
                    $(Self::$other => Usage,)*
                }
            }
        }
    };
}

faults! {
  openai {
    Ok "ok" Usage, Usage, "no fault; overrides a fault set by model name or metadata";
    BadRequest "400" Refused(400), Refused(400), "400 `invalid_request_error`";
    Unauthorized "401" Refused(401), Refused(401), "401 `invalid_api_key`, echoing the masked key";
    Forbidden "403" Refused(403), Refused(403), "403 model not allowed for the project";
    NotFound "404" Refused(404), Refused(404), "404 `model_not_found`";
    RequestTimeout "408" Refused(408), Refused(408), "408 request timeout";
    Conflict "409" Refused(409), Refused(409), "409 conflict, which SDKs retry";
    Unprocessable "422" Refused(422), Refused(422), "422 `invalid_request_error`";
    RateLimited "429" Refused(429), Refused(429), "429 `rate_limit_exceeded` with retry-after and retry-after-ms";
    RateLimitedThenOk "429-then-ok" RefusedThenUsage(429), RefusedThenUsage(429),
        "429 for the first `fail_times` attempts (default 1), then a normal response";
    Quota "quota" Refused(429), Refused(429), "429 `insufficient_quota` (Anthropic: spend limit, without retry-after); retrying does not help";
    ServerError "500" Refused(500), Refused(500), "500 `server_error`";
    ServerErrorThenOk "500-then-ok" RefusedThenUsage(500), RefusedThenUsage(500),
        "500 for the first `fail_times` attempts (default 1), then a normal response";
    BadGateway "502" Refused(502), Refused(502), "502 with an error object";
    Overloaded "503" Refused(503), Refused(503), "503 `server_is_overloaded`";
    GatewayTimeout "504" Refused(504), Refused(504), "504 with an empty body (Anthropic: `timeout_error`)";
    Html "html" Refused(502), Refused(502), "502 with a proxy's HTML page";
    HtmlOk "html-200" NoUsage, NoUsage, "200 with an HTML page";
    Reset "reset" Broken, Broken, "connection reset before any byte";
    ResetMidBody "reset-mid-body" Broken, Broken, "connection reset halfway through the body";
    Hang "hang" Never, Never, "never responds";
    Slow "slow" Usage, Usage, "one second before the first byte, 50 ms between chunks";
    Empty "empty" NoUsage, NoUsage, "200 with an empty body";
    Truncated "truncated" NoUsage, NoUsage, "half of the events or bytes, then a clean end of body";
    TruncatedMidEvent "truncated-mid-event" NoUsage, NoUsage, "like truncated, with the last event cut in the middle";
    BadJson "bad-json" Usage, Usage, "malformed JSON; in a stream, one malformed event among valid ones";
    ErrorInStream "error-in-stream" Usage, NoUsage, "an error event halfway through the stream, then the end";
    ResponseFailed "failed" NoUsage, NoUsage, "Responses: status failed, usage null; Chat: an error event, or a plain 200 with an error object";
    NoUsage "no-usage" NoUsage, NoUsage, "a complete response without usage";
    NoDone "no-done" Usage, Usage, "a stream without `data: [DONE]` or `message_stop`";
    UsageAfterFinish "usage-after-finish" Usage, Usage, "usage arrives well after `finish_reason`, following a moderation chunk";
    UsageOnChoiceChunk "usage-on-choice-chunk" Usage, Usage, "usage on a chunk whose choices are not empty";
    CumulativeUsage "cumulative-usage" Usage, Usage, "cumulative usage on every delta; the last one counts";
    WrongUsage "wrong-usage" Usage, Usage, "buckets that do not add up: cached > input, reasoning > output, wrong total";
    ZeroInput "zero-input" WrongUsage, WrongUsage, "no input tokens, the true output tokens";
    ZeroUsage "zero-usage" WrongUsage, WrongUsage, "all counts are 0";
    NegativeUsage "negative-usage" WrongUsage, WrongUsage, "all counts are -1";
    ImpossibleUsage "impossible-usage" WrongUsage, WrongUsage, "all counts are 10^15";
    HiddenTotal "hidden-total" WrongUsage, WrongUsage, "a total that is 572 larger than input and output";
    HiddenReasoning "hidden-reasoning" WrongUsage, WrongUsage,
        "reasoning tokens, 301 more than the output, counted in the total only";
    RivalCounts "rival-counts" Usage, Usage, "the true input under one name, 1 under the other";
    SplitUsage "split-usage" Usage, Usage,
        "a stream whose first event reports the input and one output token, its last only the output";
    ZerosAfterUsage "zeros-after-usage" Usage, Usage, "a chat stream that repeats its usage chunk with zeros";
    RunningUsageCut "running-usage-cut" Usage, WrongUsage,
        "usage with one output token on each event, cut halfway without `data: [DONE]`";
    CutBeforeText "cut-before-text" Usage, NoUsage, "a stream that ends after its opening events";
    DoneEventsOnly "done-events-only" Usage, NoUsage,
        "Responses: text in `.done` events only; no usage in any stream";
    SplitSurrogates "split-surrogates" Usage, NoUsage,
        "an emoji split over two deltas as halves of a surrogate pair, then the end";
    Infinity "infinity" Usage, Usage, "a member with the value -Infinity in the JSON";
    SingleNewlines "single-newlines" Usage, Usage, "events separated by single line feeds";
    ErrorAsStream "error-as-stream" NoUsage, NoUsage,
        "200 with an error object; for a stream, under the content type of one";
    HeldOpen "held-open" Usage, Usage, "a stream whose connection stays open after its last event";
    Crlf "crlf" Usage, Usage, "events terminated by CR LF";
    Comments "comments" Usage, Usage, "comment, id and retry lines between and within events";
    TinyChunks "tiny-chunks" Usage, Usage, "one byte per write";
    Big "big" Usage, Usage, "a response of `size_bytes` (default 4 MiB)";
  }
  others {
    PaymentRequired "402" "402: the account has no credit left";
    TooLarge "413" "413: the request is too large";
    OverloadedSite "529" "529 `overloaded_error`";
    Refusal "refusal" "the model refuses before any output, which is not billed";
    LateRefusal "late-refusal" "the model refuses after half of its output";
    UnknownEvents "unknown-events" "a stream with events, deltas and members that no client knows";
    PingsOnly "pings-only" "a stream of pings and nothing else";
    ErrorArray "error-array" "429 whose body is an array of one error (Gemini)";
    BareError "bare-error" "half of a stream, then an error in lines that are no event (Gemini)";
    LateUsage "late-usage" "a stream that reports usage with its last piece only (Gemini)";
    BadChecksum "bad-checksum" "the message with the usage has a wrong checksum (Bedrock)";
    Blocked "blocked" "the prompt is blocked: no candidates, a reason and the usage of the prompt (Gemini)";
  }
}

impl Fault {
    /// Whether a request on this wire can have the fault.
    pub fn applies_to(self, wire: Wire) -> bool {
        match wire {
            Wire::OpenAi => !Self::OF_OTHERS.contains(&self),
            Wire::Bedrock => {
                !matches!(
                    self,
                    Self::PaymentRequired
                        | Self::OverloadedSite
                        | Self::Refusal
                        | Self::LateRefusal
                        | Self::UnknownEvents
                        | Self::PingsOnly
                        | Self::ErrorArray
                        | Self::BareError
                        | Self::LateUsage
                        | Self::Blocked
                        | Self::NoDone
                        | Self::ZeroInput
                        | Self::ZeroUsage
                        | Self::NegativeUsage
                        | Self::ImpossibleUsage
                        | Self::Crlf
                        | Self::SingleNewlines
                        | Self::Comments
                        | Self::Infinity
                        | Self::CutBeforeText
                ) && !self.is_of_openai()
            }
            Wire::Gemini => {
                !matches!(
                    self,
                    Self::PaymentRequired
                        | Self::OverloadedSite
                        | Self::Refusal
                        | Self::LateRefusal
                        | Self::UnknownEvents
                        | Self::PingsOnly
                        | Self::NoDone
                        | Self::ZeroInput
                        | Self::ZeroUsage
                        | Self::NegativeUsage
                        | Self::ImpossibleUsage
                        | Self::Crlf
                        | Self::SingleNewlines
                        | Self::CutBeforeText
                        | Self::BadChecksum
                ) && (self == Self::HiddenTotal || !self.is_of_openai())
            }
            Wire::Anthropic => {
                !self.is_of_openai()
                    && !matches!(
                        self,
                        Self::ErrorArray
                            | Self::BareError
                            | Self::LateUsage
                            | Self::Blocked
                            | Self::BadChecksum
                    )
            }
        }
    }

    /// Usage objects and events that only OpenAI's wire has.
    const fn is_of_openai(self) -> bool {
        matches!(
            self,
            Self::ResponseFailed
                | Self::UsageAfterFinish
                | Self::UsageOnChoiceChunk
                | Self::CumulativeUsage
                | Self::WrongUsage
                | Self::HiddenTotal
                | Self::HiddenReasoning
                | Self::RivalCounts
                | Self::SplitUsage
                | Self::ZerosAfterUsage
                | Self::RunningUsageCut
                | Self::DoneEventsOnly
                | Self::SplitSurrogates
        )
    }

    /// How many attempts fail if the request sets no `fail_times`; `None` means all.
    pub(crate) const fn default_fail_times(self) -> Option<u32> {
        match self {
            Self::RateLimitedThenOk | Self::ServerErrorThenOk => Some(1),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is not in [`Fault::ALL`].
#[derive(Debug)]
pub struct UnknownFault;

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL
            .iter()
            .chain(Self::OF_OTHERS)
            .copied()
            .find(|fault| fault.name() == name)
            .ok_or(UnknownFault)
    }
}
