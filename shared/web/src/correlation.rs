//! Traces that a request belongs to, so that its log lines have their ids.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const XRAY_TRACE: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// The trace in the header `traceparent`: `00-<trace>-<parent>-<flags>`. A malformed header counts as none, as the
/// standard demands, and no other text of a caller gets into the log.
pub(crate) fn caller_trace_id(headers: &HeaderMap) -> Option<Arc<str>> {
    let value = headers.get(&TRACEPARENT)?.to_str().ok()?;
    let mut parts = value.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let is_known = is_hex(version, 2) && version != "ff" && is_id(trace, 32) && is_id(parent, 16);
    is_known.then(|| trace.into())
}

/// The root in X-Ray's trace header: `Root=1-<time>-<random>;Parent=…;Sampled=…`. Lambda has one for each invocation, and
/// load balancers send it on. Anything else counts as none, since a caller can send it too.
pub(crate) fn xray_trace_id(header: &str) -> Option<Arc<str>> {
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    let (time, random) = root.strip_prefix("1-")?.split_once('-')?;
    (is_hex(time, 8) && is_hex(random, 24)).then(|| root.into())
}

/// The trace in the header `x-amzn-trace-id`.
pub(crate) fn xray_trace_of(headers: &HeaderMap) -> Option<Arc<str>> {
    xray_trace_id(headers.get(&XRAY_TRACE)?.to_str().ok()?)
}

fn is_id(text: &str, digits: usize) -> bool {
    is_hex(text, digits) && text.bytes().any(|digit| digit != b'0')
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of_caller(traceparent: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(TRACEPARENT, HeaderValue::from_str(traceparent).unwrap())]);
        caller_trace_id(&headers).map(|id| id.to_string())
    }

    #[test]
    fn trace_of_the_caller_is_known_if_the_header_is_well_formed() {
        let (trace, rest) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7-01");
        for known in [format!("00-{trace}-{rest}"), format!("cc-{trace}-{rest}-what-the-future-brings")] {
            assert_eq!(of_caller(&known).as_deref(), Some(trace), "{known}");
        }
        let upper = trace.to_uppercase();
        for unknown in [
            String::new(),
            trace.to_owned(),
            format!("00-{trace}"),
            format!("ff-{trace}-{rest}"),
            format!("00-{upper}-{rest}"),
            format!("00-{trace}0-{rest}"),
            format!("00-{}-{rest}", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            "00-say hello to the world, please!!-00f067aa0ba902b7-01".to_owned(),
        ] {
            assert_eq!(of_caller(&unknown), None, "{unknown}");
        }
        assert_eq!(caller_trace_id(&HeaderMap::new()), None);
    }

    #[test]
    fn trace_of_the_host_is_the_root() {
        let root = "1-65f0a1b2-0123456789abcdef01234567";
        let header = format!("Root={root};Parent=0123456789abcdef;Sampled=0;Lineage=1:ab:0");
        assert_eq!(xray_trace_id(&header).as_deref(), Some(root));
        assert_eq!(xray_trace_id(&format!("Self=1-2;Root={root}")).as_deref(), Some(root));
        let headers = HeaderMap::from_iter([(XRAY_TRACE, HeaderValue::from_str(&header).unwrap())]);
        assert_eq!(xray_trace_of(&headers).as_deref(), Some(root));
        assert_eq!(xray_trace_of(&HeaderMap::new()), None);
        let upper = root.to_uppercase();
        for unknown in ["", "Parent=0123456789abcdef", root, "Root=hello", "Root=1-65f0a1b2-0123"] {
            assert_eq!(xray_trace_id(unknown), None, "{unknown}");
        }
        assert_eq!(xray_trace_id(&format!("Root={upper}")), None);
    }
}
