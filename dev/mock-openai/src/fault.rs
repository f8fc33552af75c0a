//! What can go wrong on purpose: one table of faults, their names and what a caller gets.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the caller of a faulty request is left with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A 2xx answer that reports usage somewhere.
    Usage,
    /// A 2xx answer that ends without usage, whole or not.
    NoUsage,
    /// An HTTP error status.
    Refused(u16),
    /// An HTTP error status for the first attempts, then a 2xx answer with usage.
    RefusedThenUsage(u16),
    /// The connection breaks, before or inside the answer.
    Broken,
    /// No answer at all, ever.
    Never,
}

macro_rules! faults {
    ($($variant:ident $name:literal $plain:expr, $stream:expr, $about:literal;)*) => {
        /// A misbehaviour, chosen by script, header, metadata or model name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Fault {
            $(#[doc = $about] #[serde(rename = $name)] $variant,)*
        }

        impl Fault {
            /// Every fault, for a matrix test.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name used in headers, metadata and, behind `mock-`, as a model.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One line on what it does.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }

            /// What a chat completion or response with this fault leaves the caller with.
            pub fn outcome(self, stream: bool) -> Outcome {
                use Outcome::{Broken, Never, NoUsage, Refused, RefusedThenUsage, Usage};
                match self { $(Self::$variant => if stream { $stream } else { $plain },)* }
            }
        }
    };
}

faults! {
    Ok "ok" Usage, Usage, "no fault: overrides one that the model name or metadata asks for";
    BadRequest "400" Refused(400), Refused(400), "400 `invalid_request_error`";
    Unauthorized "401" Refused(401), Refused(401), "401 `invalid_api_key`, echoing the masked key";
    Forbidden "403" Refused(403), Refused(403), "403 model not allowed for the project";
    NotFound "404" Refused(404), Refused(404), "404 `model_not_found`";
    RequestTimeout "408" Refused(408), Refused(408), "408 request timeout";
    Conflict "409" Refused(409), Refused(409), "409 conflict, which SDKs retry";
    Unprocessable "422" Refused(422), Refused(422), "422 `invalid_request_error`";
    RateLimited "429" Refused(429), Refused(429), "429 `rate_limit_exceeded` with retry-after and retry-after-ms";
    RateLimitedThenOk "429-then-ok" RefusedThenUsage(429), RefusedThenUsage(429),
        "429 for the first `fail_times` attempts (1), then an answer";
    Quota "quota" Refused(429), Refused(429), "429 `insufficient_quota`: retrying is useless";
    ServerError "500" Refused(500), Refused(500), "500 `server_error`";
    ServerErrorThenOk "500-then-ok" RefusedThenUsage(500), RefusedThenUsage(500),
        "500 for the first `fail_times` attempts (1), then an answer";
    BadGateway "502" Refused(502), Refused(502), "502 with an error object";
    Overloaded "503" Refused(503), Refused(503), "503 `server_is_overloaded`";
    GatewayTimeout "504" Refused(504), Refused(504), "504 with an empty body";
    Html "html" Refused(502), Refused(502), "502 with the HTML page of a proxy";
    HtmlOk "html-200" NoUsage, NoUsage, "200 with an HTML page";
    Reset "reset" Broken, Broken, "connection reset before any byte";
    ResetMidBody "reset-mid-body" Broken, Broken, "connection reset half-way through the body";
    Hang "hang" Never, Never, "never answers";
    Slow "slow" Usage, Usage, "one second before the first byte, 50 ms between chunks";
    Empty "empty" NoUsage, NoUsage, "200 with an empty body";
    Truncated "truncated" NoUsage, NoUsage, "half of the events or bytes, then a clean end of the body";
    TruncatedMidEvent "truncated-mid-event" NoUsage, NoUsage, "as truncated, with the last event cut in its middle";
    BadJson "bad-json" NoUsage, Usage, "malformed JSON; in a stream one malformed event among good ones";
    ErrorInStream "error-in-stream" Usage, NoUsage, "an error event after half of the stream, then the end";
    ResponseFailed "failed" NoUsage, NoUsage, "Responses: status failed, usage null; Chat: as error-in-stream, plain 200 with an error object";
    NoUsage "no-usage" NoUsage, NoUsage, "a whole answer that reports no usage";
    NoDone "no-done" Usage, Usage, "a stream without `data: [DONE]`";
    UsageAfterFinish "usage-after-finish" Usage, Usage, "usage comes well after `finish_reason`, behind a moderation chunk";
    UsageOnChoiceChunk "usage-on-choice-chunk" Usage, Usage, "usage on a chunk whose choices are not empty";
    CumulativeUsage "cumulative-usage" Usage, Usage, "growing usage on every delta; the last one is the truth";
    WrongUsage "wrong-usage" Usage, Usage, "buckets that do not add up: cached > input, reasoning > output, wrong total";
    Crlf "crlf" Usage, Usage, "events framed by CR LF";
    Comments "comments" Usage, Usage, "comment, id and retry lines between and inside events";
    TinyChunks "tiny-chunks" Usage, Usage, "one byte per write";
    Big "big" Usage, Usage, "an answer of `size_bytes` (4 MiB)";
}

impl Fault {
    /// Attempts that fail when the request does not say (`fail_times`); `None` is all of them.
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
        Self::ALL.iter().copied().find(|fault| fault.name() == name).ok_or(UnknownFault)
    }
}
