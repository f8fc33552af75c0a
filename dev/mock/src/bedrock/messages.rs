//! The framing of an event stream: lengths, headers, payload, and a checksum of each part.

use crate::fault::Fault;
use crate::response::SseEvent;

/// What the name of an event begins with that is an exception.
pub(super) const EXCEPTION: &str = "exception:";
/// The type of a header that is a text.
const TEXT: u8 = 7;

/// One message. A checksum that is wrong is that of the whole, so that the next message is still found.
pub(crate) fn encoded(event: &SseEvent, fault: Option<Fault>) -> Vec<u8> {
    let name = event.name.unwrap_or("chunk");
    let mut headers = Vec::new();
    if let Some(exception) = name.strip_prefix(EXCEPTION) {
        header(&mut headers, ":exception-type", exception);
        header(&mut headers, ":message-type", "exception");
    } else {
        header(&mut headers, ":event-type", name);
        header(&mut headers, ":message-type", "event");
    }
    header(&mut headers, ":content-type", "application/json");
    let payload = event.data.as_bytes();
    let mut message = Vec::with_capacity(16 + headers.len() + payload.len());
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    message.extend_from_slice(&length(16 + headers.len() + payload.len()));
    message.extend_from_slice(&length(headers.len()));
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message.extend_from_slice(&headers);
    message.extend_from_slice(payload);
    let checksum = crc32fast::hash(&message);
    let is_wrong = fault == Some(Fault::BadChecksum) && event.reports_usage;
    message.extend_from_slice(&(if is_wrong { !checksum } else { checksum }).to_be_bytes());
    message
}

fn header(headers: &mut Vec<u8>, name: &str, value: &str) {
    headers.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    headers.extend_from_slice(name.as_bytes());
    headers.push(TEXT);
    headers.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
    headers.extend_from_slice(value.as_bytes());
}
