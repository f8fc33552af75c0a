//! The part of `CloudWatch`'s filter patterns for JSON lines that the deployment uses:
//! `{ $.field = "text*" }` and `{ $.field >= 0 }`, with any of the six operators.

use std::cmp::Ordering;

use serde_json::Value;

#[derive(Debug, PartialEq)]
pub(super) struct Pattern {
    selector: String,
    operator: String,
    operand: Operand,
}

#[derive(Debug, PartialEq)]
enum Operand {
    Text(String),
    Number(f64),
}

impl Pattern {
    /// `None` for everything else, which this does not apply.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let comparison = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        let [selector, operator, operand] =
            comparison.trim().splitn(3, ' ').collect::<Vec<_>>().try_into().ok()?;
        let quoted = operand.strip_prefix('"').and_then(|operand| operand.strip_suffix('"'));
        let operand = match quoted {
            Some(text) => (!text.contains(['"', '\\'])).then(|| Operand::Text(text.to_owned()))?,
            None => Operand::Number(operand.parse().ok()?),
        };
        let is_known = match operand {
            Operand::Text(_) => ["=", "!="].contains(&operator),
            Operand::Number(_) => ["=", "!=", ">", ">=", "<", "<="].contains(&operator),
        };
        is_selector(selector).then_some(())?;
        is_known.then(|| Self { selector: selector.to_owned(), operator: operator.to_owned(), operand })
    }

    /// Whether a line of a log matches. Text that is no JSON object, or lacks the field, never does.
    pub(super) fn matches(&self, line: &str) -> bool {
        let Ok(line) = serde_json::from_str::<Value>(line) else { return false };
        match (select(&line, &self.selector), &self.operand) {
            (Some(Value::String(value)), Operand::Text(pattern)) => {
                is_like(value, pattern) == (self.operator == "=")
            }
            (Some(Value::Number(value)), Operand::Number(operand)) => {
                let order = value.as_f64().and_then(|value| value.partial_cmp(operand));
                order.is_some_and(|order| self.accepts(order))
            }
            _ => false,
        }
    }

    fn accepts(&self, order: Ordering) -> bool {
        match self.operator.as_str() {
            "=" => order.is_eq(),
            "!=" => order.is_ne(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "<" => order.is_lt(),
            _ => order.is_le(),
        }
    }
}

/// The member that `$.a.b` names.
pub(super) fn select<'a>(line: &'a Value, selector: &str) -> Option<&'a Value> {
    selector.strip_prefix("$.")?.split('.').try_fold(line, |value, name| value.get(name))
}

fn is_selector(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-".contains(char))
    };
    text.strip_prefix("$.").is_some_and(|path| path.split('.').all(is_name))
}

/// `*` stands for any text.
fn is_like(value: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return value == pattern };
    let Some(value) = value.strip_prefix(start) else { return false };
    value.char_indices().map(|(at, _)| at).chain([value.len()]).any(|at| is_like(&value[at..], rest))
}

#[test]
fn patterns_match_as_the_logs_service_documents_them() {
    let line = r#"{"message":"Settlement failed; later","code":"a.b","count":3,"inner":{"level":"ERROR"}}"#;
    for (pattern, expected) in [
        (r#"{ $.message = "Settlement failed*" }"#, true),
        (r#"{ $.message = "*failed*" }"#, true),
        (r#"{ $.message = "Settlement failed" }"#, false),
        (r#"{ $.message != "Other" }"#, true),
        (r#"{ $.code = "a*c" }"#, false),
        (r#"{ $.inner.level = "ERROR" }"#, true),
        (r#"{ $.level = "ERROR" }"#, false),
        (r#"{ $.count = "3" }"#, false),
        ("{ $.count >= 3 }", true),
        ("{ $.count > 3 }", false),
        ("{ $.count <= 2.5 }", false),
        ("{ $.message >= 0 }", false),
        ("{ $.absent >= 0 }", false),
    ] {
        let parsed = Pattern::parse(pattern).expect(pattern);
        assert_eq!(parsed.matches(line), expected, "{pattern}");
        assert!(!parsed.matches(&format!("RequestId {line}")), "no JSON: {pattern}");
    }
    for other in ["ERROR", "", "{ $.a }", r#"{ $.a = "b" && $.c = "d" }"#, "{ a = 1 }", r#"{ $.a > "b" }"#] {
        assert_eq!(Pattern::parse(other), None, "{other}");
    }
}
