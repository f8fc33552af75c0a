//! Properties that hold for any body.

use bytes::Bytes;
use domain::calls::Endpoint;
use proptest::prelude::*;

use super::{chat, sent};
use crate::wire::{RequestBody, ResponseFields};

/// JSON values with unusual spacing, numbers and escapes.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("-1.50e+3".to_owned()),
        Just("123456789012345678901234567890".to_owned()),
        Just(r#""\u00e9\ud83d\"\\}""#.to_owned()),
        "[a-zé{},:]{0,8}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {} ]", items.join(" ,"))),
            prop::collection::vec(inner, 0..4).prop_map(|items| {
                let members: Vec<String> = items.iter().map(|item| format!("\"k\" : {item}")).collect();
                format!("{{{}\n}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn other_members_stay_byte_for_byte(values in prop::collection::vec(any_json(), 0..5), at in 0_usize..5, bound: u32) {
        let mut members: Vec<String> =
            values.iter().enumerate().map(|(index, value)| format!("\"x{index}\" :{value}")).collect();
        members.insert(at.min(members.len()), "\"model\": \"m\"".to_owned());
        let text = format!("{{{} }}\n", members.join(" , "));
        let body = chat(&text);
        prop_assert_eq!(&sent(&body), &text);
        let changed = sent(&body.with_include_usage().with_output_bound(u64::from(bound)));
        let added = format!(r#","stream_options":{{"include_usage":true}},"max_completion_tokens":{bound}}}"#);
        prop_assert_eq!(changed.replacen(&added, "}", 1), text);
        prop_assert_eq!(chat(&changed).output_bound, Some(u64::from(bound)));
    }

    #[test]
    fn no_bytes_panic(body: Vec<u8>, text in "[\\[\\]{}\":,a-z0-9 ]{0,60}") {
        for bytes in [Bytes::from(body), Bytes::from(text)] {
            let _ = ResponseFields::parse(Endpoint::Responses, &bytes);
            if let Ok(body) = RequestBody::parse(Endpoint::ChatCompletions, bytes) {
                let _ = body.content();
            }
        }
    }
}
