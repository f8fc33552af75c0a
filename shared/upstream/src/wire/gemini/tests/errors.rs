use std::time::Duration;

use super::*;
use crate::wire::UpstreamError;

fn parse_error(body: &str) -> UpstreamError {
    let read = ResponseFields::parse(Endpoint::GenerateContent, body.as_bytes()).unwrap();
    let of_body = UpstreamError::of_body(body.as_bytes());
    assert_eq!(read.error, of_body, "{body}");
    read.error.unwrap()
}

#[test]
fn error_is_read_alone_and_as_the_element_of_an_array() {
    let error = r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[
        {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinute"}]},
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}"#;
    for body in [error.to_owned(), format!("[{error}]"), format!("\n[{error}\n]\n")] {
        let error = parse_error(&body);
        assert_eq!(error.recorded_code(), "RESOURCE_EXHAUSTED");
        assert_eq!((error.retry_after, error.should_retry), (Some(Duration::from_millis(34_500)), None));
        assert!(!error.rejects_key());
    }
}

#[test]
fn details_say_whether_to_try_again_and_whether_the_key_is_unknown() {
    let with = |details: &str| {
        parse_error(&format!(
            r#"{{"error":{{"code":400,"message":"m","status":"S","details":[{details}]}}}}"#
        ))
    };
    let daily =
        with(r#"{"violations":[{"quotaId":"GenerateRequestsPerDayPerProject"}]},{"retryDelay":"1s"}"#);
    assert_eq!(daily.should_retry, Some(false));
    assert!(with(r#"{"reason":"API_KEY_INVALID","domain":"googleapis.com"}"#).rejects_key());
    for detail in [r#"{"retryDelay":"soon"}"#, r#"{"retryDelay":"-1s"}"#, r#"{"retryDelay":7}"#, "7", "{}"] {
        assert_eq!(with(detail).retry_after, None, "{detail}");
    }
}

/// Other providers have the number of their status there.
#[test]
fn errors_of_others_are_left_to_their_formats() {
    let azure = r#"{"error":{"code":"content_filter","message":"m","status":400}}"#;
    assert_eq!(UpstreamError::of_body(azure.as_bytes()).unwrap().code.as_deref(), Some("content_filter"));
    assert_eq!(UpstreamError::of_body(b"<html>"), None);
    assert_eq!(UpstreamError::of_body(b"[]"), None);
}
