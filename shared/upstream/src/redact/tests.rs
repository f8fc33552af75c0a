use proptest::prelude::*;

use super::*;

const KEY: &str = "sk-mock/of_the-tests";

fn redactor() -> Redactor {
    Redactor::new(&ProviderKey::parse(KEY).unwrap())
}

fn redact_bytes(mut redactor: Redactor, text: &Bytes) -> Bytes {
    let (begin, end) = (redactor.push(text.clone()), redactor.finish());
    if end.is_empty() { begin } else { [begin, end].concat().into() }
}

fn redact(text: &str) -> String {
    let text = Bytes::copy_from_slice(text.as_bytes());
    String::from_utf8(redact_bytes(redactor(), &text).to_vec()).unwrap()
}

fn escaped(escape: impl Fn(char) -> String) -> String {
    KEY.chars().map(escape).collect()
}

#[test]
fn key_is_removed_in_all_forms() {
    for form in [
        KEY.to_owned(),
        KEY.replace('/', r"\/"),
        KEY.replace('/', r"\\\/"),
        KEY.replace('/', "%2F"),
        escaped(|c| format!("\\u{:04x}", u32::from(c))),
        escaped(|c| format!("\\\\u{:04X}", u32::from(c))),
        escaped(|c| format!("%{:02x}", u32::from(c))),
        escaped(|c| if c == 's' { "\\u0073".to_owned() } else { c.to_string() }),
    ] {
        assert_eq!(
            redact(&format!(r#"{{"m":"key {form}, {form}"}}"#)),
            r#"{"m":"key [redacted], [redacted]"}"#
        );
    }
}

#[test]
fn other_text_stays_as_it_is_and_is_not_copied() {
    for text in ["sk-.", "\\n", r"\u0073.", "%73.", "sk-mock/of_the-test", "\\\"s\\u0073\\n", r"\s\k"] {
        let bytes = Bytes::from(format!("{text}\n"));
        let redacted = redact_bytes(redactor(), &bytes);
        assert_eq!((redacted.as_ptr(), &redacted), (bytes.as_ptr(), &bytes), "{text}");
    }
}

#[test]
fn words_that_serve_as_keys_of_local_servers_are_not_secrets() {
    let redactor = Redactor::new(&ProviderKey::parse("none").unwrap());
    assert_eq!(redact_bytes(redactor, &Bytes::from_static(b"none")), "none");
}

#[test]
fn headers_are_redacted() {
    let mut headers = HeaderMap::new();
    headers.insert("openai-model", HeaderValue::from_static("a sk-mock/of_the-tests b"));
    headers.insert("x-request-id", HeaderValue::from_static("req_1"));
    redactor().redact_headers(&mut headers);
    assert_eq!(headers["openai-model"], "a [redacted] b");
    assert_eq!(headers["x-request-id"], "req_1");
}

#[test]
fn text_that_cannot_begin_the_key_is_never_held_back() {
    let mut redactor = redactor();
    for text in ["data: {}\n\n", "data: {\"a\":\"sk-mock \"}\n\n", "data: \"\\u0041\"\n\n"] {
        assert_eq!(redactor.push(Bytes::from(text)), text);
    }
    assert_eq!(redactor.push(Bytes::from("a sk-mo")), "a ");
    assert_eq!(redactor.push(Bytes::from("re")), "sk-more");
    assert_eq!(redactor.push(Bytes::from("sk-mock")), "");
    assert_eq!(redactor.finish(), "sk-mock");
}

proptest! {
    #[test]
    fn chunks_do_not_matter(
        parts in prop::collection::vec(
            prop::sample::select(vec!["sk-", "mock/", "of_the-", "tests", "\\", "\\u006", "b", "%2", "f", "\n", KEY]),
            0..12,
        ),
        size in 1_usize..9,
    ) {
        let text = parts.concat();
        let mut redactor = redactor();
        let mut redacted = Vec::new();
        for chunk in text.as_bytes().chunks(size) {
            redacted.extend_from_slice(&redactor.push(Bytes::copy_from_slice(chunk)));
        }
        redacted.extend_from_slice(&redactor.finish());
        prop_assert_eq!(String::from_utf8(redacted).unwrap(), redact(&text));
    }
}
