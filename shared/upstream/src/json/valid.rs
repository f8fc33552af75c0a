//! Reads JSON that was checked before, by its brackets and quotes alone. The content of a request body is found by walking
//! it once for each level of nesting, and only the first walk has to check it.

use super::{Member, lenient};

/// All members of an object in order, including duplicates; `None` if the value is none.
pub(crate) fn members(value: &str) -> Option<Vec<Member<'_>>> {
    lenient::object(value).map(|object| object.members)
}

/// The elements of an array; `None` if the value is none.
pub(crate) fn as_array(value: &str) -> Option<Vec<&str>> {
    value.trim_ascii_start().starts_with('[').then(|| lenient::elements(value))
}

pub(crate) fn is_string(value: &str) -> bool {
    value.starts_with('"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::json;

    fn any_json() -> impl Strategy<Value = Value> {
        let text = || "[ -~é😀\n\"\\\\{}\\[\\],:]{0,12}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((text(), inner), 0..6)
                    .prop_map(|members| Value::Object(Map::from_iter(members))),
            ]
        })
    }

    /// Compares each value with what the strict reader finds, and then the values in it.
    fn assert_same(value: &str) {
        let elements = json::as_array(value);
        assert_eq!(as_array(value), elements, "{value}");
        let strict = json::members(value).ok();
        let pairs = |members: &Option<Vec<Member<'_>>>| {
            let members = members.iter().flatten();
            members.map(|member| (member.key.to_string(), member.value.to_owned())).collect::<Vec<_>>()
        };
        let found = members(value);
        assert_eq!((found.is_some(), pairs(&found)), (strict.is_some(), pairs(&strict)), "{value}");
        assert_eq!(is_string(value), json::as_str(value).is_some(), "{value}");
        elements.into_iter().flatten().for_each(assert_same);
        strict.into_iter().flatten().for_each(|member| assert_same(member.value));
    }

    proptest! {
        #[test]
        fn valid_json_is_read_as_the_strict_reader_does(value in any_json(), is_pretty in any::<bool>()) {
            let text = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            assert_same(&text.unwrap());
        }
    }
}
