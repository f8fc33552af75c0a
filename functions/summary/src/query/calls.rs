//! Filters that rollups do not know: they read single calls.

use domain::calls::{Endpoint, Status};
use domain::queries::UsageFilter;
use domain::words::Word;
use serde::Deserialize;
use utoipa::IntoParams;
use web::Request;
use web::values::{OneOf, SearchText, Whole};

/// Of an answer.
type HttpStatus = Whole<100, 599>;

/// How and where calls ended.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutcomeParams {
    /// Only calls with this status: `settled`, `estimated`, `failed` or `abandoned`; repeatable
    #[param(inline, value_type = Option<Vec<Status>>)]
    status: Option<Vec<OneOf<Status>>>,
    /// Only calls of these endpoints, such as `chat.completions` or `responses`; repeatable
    #[param(inline, value_type = Option<Vec<Endpoint>>)]
    endpoint: Option<Vec<OneOf<Endpoint>>>,
}

impl Request for OutcomeParams {}

impl OutcomeParams {
    pub(crate) fn restrict(self, filter: &mut UsageFilter) {
        filter.statuses = self.status.map(words);
        filter.endpoints = self.endpoint.map(words);
    }
}

/// Details of single calls.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallParams {
    /// Only calls that ended with this HTTP status; repeatable
    #[param(inline, value_type = Option<Vec<HttpStatus>>)]
    http_status: Option<Vec<HttpStatus>>,
    /// Only failed calls with this error code; repeatable
    #[param(inline, value_type = Option<Vec<SearchText>>)]
    error_code: Option<Vec<SearchText>>,
    /// Only calls of this service tier, such as `default` or `flex`; repeatable
    #[param(inline, value_type = Option<Vec<SearchText>>)]
    service_tier: Option<Vec<SearchText>>,
}

impl Request for CallParams {}

impl CallParams {
    pub(crate) fn restrict(self, filter: &mut UsageFilter) {
        let number = |status: HttpStatus| i16::try_from(status.0).unwrap_or_default();
        filter.http_statuses = self.http_status.map(|statuses| statuses.into_iter().map(number).collect());
        filter.error_codes = self.error_code.map(texts);
        filter.service_tiers = self.service_tier.map(texts);
    }
}

pub(crate) fn texts(values: Vec<SearchText>) -> Vec<String> {
    values.into_iter().map(|SearchText(text)| text).collect()
}

fn words<T: Word>(values: Vec<OneOf<T>>) -> Vec<String> {
    values.into_iter().map(|value| value.0.as_str().to_owned()).collect()
}
