//! A response that is not a stream: read whole, recorded, passed on or replaced by an error of ours.

use std::time::{Duration, Instant};

use axum::response::Response;
use bytes::Bytes;
use domain::calls::{CallEnding, CallExchange, CallOutcome, CallPart, Endpoint, SeenAnswer, Status, Wire};
use domain::usage::Usage;
use http::{HeaderMap, StatusCode};
use upstream::wire::{ReportedPart, ResponseFields, UpstreamError};
use upstream::{ProviderKey, UpstreamFailure, UpstreamResponse, retry_after};
use web::ApiError;

use crate::headers::{stated_cost, upstream_request_id};

/// The provider's response with its whole body.
pub(crate) struct BufferedResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// `None` if the body is not a JSON object.
    pub fields: Option<ResponseFields>,
    endpoint: Endpoint,
    attempts: u32,
    retried: Usage,
    may_be_billed: bool,
    waited: Duration,
    first_byte: Duration,
}

impl BufferedResponse {
    /// Reads the body. One that breaks off is a failure like any other.
    pub(crate) async fn read(
        mut response: UpstreamResponse,
        endpoint: Endpoint,
        arrived_at: Instant,
        deadline: Instant,
    ) -> Result<Self, UpstreamFailure> {
        let headers = std::mem::take(&mut response.headers);
        let (status, attempts) = (response.status, response.attempts);
        let (retried, may_be_billed, waited) = (response.retried, response.may_be_billed, response.waited());
        let head_at = Instant::now();
        let first_byte = arrived_at.elapsed();
        let body = response.read(deadline).await.map_err(|kind| UpstreamFailure {
            kind,
            attempts,
            retried,
            may_be_billed: true,
            waited: waited + head_at.elapsed(),
        })?;
        let fields = ResponseFields::parse_with_headers(endpoint, &headers, &body);
        let waited = waited + head_at.elapsed();
        Ok(Self {
            status,
            headers,
            body,
            fields,
            endpoint,
            attempts,
            retried,
            may_be_billed,
            waited,
            first_byte,
        })
    }

    /// How the ledger records the call; `is_usable` says whether the caller can do something with a success.
    pub(crate) fn ending(
        &self,
        requested_model: &str,
        is_usable: bool,
        callers_key: Option<&ProviderKey>,
    ) -> CallEnding {
        let is_success = self.status.is_success();
        let fields = self.fields.as_ref();
        // An earlier call that failed is retrieved successfully.
        let is_failed = is_success
            && !self.endpoint.is_of_stored_response()
            && fields.is_some_and(ResponseFields::is_failed);
        let is_answered = is_success && is_usable && !is_failed;
        let outcome = CallOutcome {
            status: if is_answered { Status::Settled } else { Status::Failed },
            answer: is_answered.then(|| self.answer()),
            // An unusable success may have cost anything.
            is_free: is_failed || (!is_success && !self.may_be_billed),
            is_not_billed: is_answered && fields.is_some_and(|fields| fields.is_unbilled),
            error_code: if is_success && !is_usable && !is_failed {
                Some("upstream_malformed".to_owned())
            } else if self.rejects_our_key(callers_key) {
                Some(ApiError::ProviderKeyRejected.code().to_owned())
            } else {
                let error = fields.and_then(|fields| fields.error.as_ref());
                let is_own = !is_success || !self.endpoint.is_of_stored_response();
                error.filter(|_| is_own).map(UpstreamError::recorded_code)
            },
            usage: fields.and_then(|fields| fields.usage.clone()),
            parts: fields.map(|fields| parts_of_call(&fields.parts, requested_model)).unwrap_or_default(),
            used_tools: fields.map(|fields| fields.used_tools.counts()).unwrap_or_default(),
            served_model: fields.and_then(|fields| fields.served_model.clone()),
            service_tier: fields.and_then(|fields| fields.service_tier.clone()),
        };
        CallEnding { outcome, exchange: self.exchange() }
    }

    /// The id of the response that this call has started and that the provider still works on.
    pub(crate) fn accepted(&self) -> Option<&str> {
        let fields = self.fields.as_ref().filter(|_| self.status.is_success())?;
        let is_accepted = self.endpoint == Endpoint::Responses && fields.is_whole && fields.is_unfinished();
        fields.id.as_deref().filter(|_| is_accepted)
    }

    /// How the work of an earlier call has ended, if it has.
    pub(crate) fn background_outcome(&self) -> Option<CallOutcome> {
        let fields = self.fields.as_ref().filter(|_| self.status.is_success())?;
        match self.endpoint {
            // What it used can never be read again.
            Endpoint::ResponsesDelete => Some(CallOutcome::unknown("response_deleted")),
            Endpoint::ResponsesRetrieve | Endpoint::ResponsesCancel => fields.background_outcome(),
            _ => None,
        }
    }

    /// How the response came.
    pub(crate) fn exchange(&self) -> CallExchange {
        CallExchange {
            http_status: Some(self.status.as_u16()),
            attempts: self.attempts,
            retried: self.retried,
            first_byte: Some(self.first_byte),
            waited: self.waited,
            upstream_request_id: upstream_request_id(&self.headers).or_else(|| self.response_id()),
            stated_cost: stated_cost(&self.headers).filter(|_| self.status.is_success()),
        }
    }

    /// The id of a response whose provider has none for its request.
    fn response_id(&self) -> Option<String> {
        let fields = self.fields.as_ref().filter(|_| self.endpoint.wire() == Wire::Gemini)?;
        fields.id.clone()
    }

    fn answer(&self) -> SeenAnswer {
        match &self.fields {
            Some(fields) if fields.is_whole => SeenAnswer {
                text_bytes: fields.text_bytes,
                is_final: !fields.is_unfinished(),
                has_unseen: fields.is_unfinished(),
            },
            // Counts that a broken body shows are whole, but its text may not be.
            fields => SeenAnswer {
                text_bytes: self.body.len() as u64,
                is_final: fields.is_some(),
                has_unseen: true,
            },
        }
    }

    /// The provider's error as ours, with its message. One about our key is not the caller's to act on.
    pub(crate) fn error(&self, callers_key: Option<&ProviderKey>) -> ApiError {
        if self.rejects_our_key(callers_key) {
            return ApiError::ProviderKeyRejected;
        }
        let is_error_status = self.status.is_client_error() || self.status.is_server_error();
        if !is_error_status && !self.fields.as_ref().is_some_and(ResponseFields::is_failed) {
            return ApiError::UpstreamMalformed;
        }
        // An error with the status of a success cannot keep it.
        let status = if is_error_status { self.status } else { StatusCode::BAD_GATEWAY };
        let message = self.fields.as_ref().and_then(|fields| fields.error.as_ref()?.message.clone());
        let message = message
            .unwrap_or_else(|| format!("The provider responded with status {}.", self.status.as_u16()));
        ApiError::Upstream { status, message, retry_after: retry_after(&self.headers) }
    }

    /// Whether the provider refused the key of this deployment. Its message would blame the caller's key, and quotes
    /// ours in masked form.
    pub(crate) fn rejects_our_key(&self, callers_key: Option<&ProviderKey>) -> bool {
        let error = self.fields.as_ref().and_then(|fields| fields.error.as_ref());
        let is_rejected = error.is_some_and(UpstreamError::rejects_key);
        callers_key.is_none()
            && (self.status == StatusCode::UNAUTHORIZED
                || matches!(self.status, StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN) && is_rejected)
    }

    /// The provider's status and body, byte for byte, with these headers.
    pub(crate) fn into_response(self, headers: HeaderMap) -> Response {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }
}

/// What an answer bills beside its usage, as parts of a call for this model.
pub(crate) fn parts_of_call(parts: &[ReportedPart], requested_model: &str) -> Vec<CallPart> {
    parts.iter().map(|part| part.of_call(requested_model)).collect()
}
