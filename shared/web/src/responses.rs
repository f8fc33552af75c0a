//! The error responses that endpoints have in common, for the OpenAPI document.

use utoipa::IntoResponses;

use crate::Problem;

/// Content type of RFC 9457 problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $status:literal $description:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(IntoResponses)]
        #[response(status = $status, description = $description, content_type = "application/problem+json")]
        #[expect(dead_code, reason = "describes what `ApiError` writes")]
        pub struct $name(Problem);
    )+};
}
problems!(
    Unauthenticated = 401 "The key is missing or invalid",
    Forbidden = 403 "The key lacks the scope or is bound to another label",
    NotFound = 404 "Not found, or not visible to this key",
    Stale = 412 "Modified since the version in `If-Match`; fetch the latest version",
    Invalid = 422 "Invalid parameters or fields, all listed in `errors`",
    Unavailable = 503 "The database is not available; retry after `retry-after`",
);

/// What is wrong with a body as a whole.
#[derive(IntoResponses)]
pub enum BadBody {
    #[response(status = 400, description = "The body is not JSON", content_type = "application/problem+json")]
    NotJson(Problem),
    #[response(
        status = 413,
        description = "The body is larger than 6 MB",
        content_type = "application/problem+json"
    )]
    TooLarge(Problem),
    #[response(
        status = 415,
        description = "The body has an encoding other than gzip",
        content_type = "application/problem+json"
    )]
    Unsupported(Problem),
}
