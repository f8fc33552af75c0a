use serde::Deserialize;

use super::{Input, Request, parse_body, parse_query};
use crate::values::{OneOf, Patch, RawJson, Whole};
use crate::{ApiError, FieldError};
use domain::limits::Metric;

#[derive(Debug, Deserialize)]
struct Inner {
    metric: Metric,
    count: Option<Whole<0, 9>>,
}

impl Request for Inner {}

#[derive(Debug, Deserialize)]
struct Outer {
    name: String,
    inner: Inner,
    label: Patch<Option<String>>,
    amount: Option<RawJson>,
}

impl Request for Outer {
    fn check(input: &Input<'_>, errors: &mut Vec<FieldError>) {
        if input.get::<String>("name").as_deref() == Some("reserved") {
            errors.push(FieldError::new("name", "is reserved"));
        }
    }
}

#[derive(Debug, Deserialize)]
struct Filter {
    metric: Option<Vec<OneOf<Metric>>>,
    count: Option<Whole<0, 9>>,
    #[serde(rename = "tag.*")]
    tags: Option<Vec<(String, String)>>,
}

impl Request for Filter {}

#[derive(Debug, Deserialize)]
struct Page {
    limit: Whole<1, 5>,
}

impl Request for Page {}

fn errors<T: std::fmt::Debug>(parsed: Result<T, ApiError>) -> Vec<String> {
    let Err(ApiError::Validation(errors)) = parsed else {
        panic!("invalid fields were accepted: {parsed:?}")
    };
    errors.into_iter().map(|error| format!("{}: {}", error.field, error.message)).collect()
}

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn all_invalid_fields_of_a_body_are_reported_nested_and_unknown_ones_too() {
    let body = br#"{"inner": {"metric": "minutes", "count": 10, "x": 1}, "label": 7, "y": 2}"#;
    let expected = [
        "name: is required",
        "inner.metric: must be one of requests, tokens, usd, concurrency",
        "inner.count: must be a whole number from 0 to 9",
        "inner.x: is not a field of this request",
        "label: must be a string",
        "y: is not a field of this request",
    ];
    assert_eq!(errors(parse_body::<Outer>(body)), expected);
    assert_eq!(
        errors(parse_body::<Outer>(br#"{"inner": 5, "name": "reserved"}"#)),
        ["inner: must be an object", "name: is reserved"]
    );
    assert_eq!(errors(parse_body::<Outer>(b"[]")), [": the body must be a JSON object"]);
    assert!(matches!(parse_body::<Outer>(b"{"), Err(ApiError::NotJson(_))));
}

#[test]
fn repeated_fields_of_a_body_are_refused_at_every_level() {
    let body =
        br#"{"name": "a", "na\u006de": "b", "inner": {"metric": "usd", "metric": "tokens", "x": 1, "x": 2}}"#;
    let expected = [
        "inner.metric: must be sent only once",
        "inner.x: must be sent only once",
        "inner.x: is not a field of this request",
        "name: must be sent only once",
    ];
    assert_eq!(errors(parse_body::<Outer>(body)), expected);
}

#[test]
fn null_differs_from_missing_and_decimals_keep_their_digits() {
    let body =
        br#"{"name": "a", "inner": {"metric": "usd", "count": null}, "amount": 0.10000000000000000001}"#;
    let parsed: Outer = parse_body(body).unwrap();
    assert!(matches!(parsed.label, Patch::Missing));
    assert_eq!(parsed.amount.unwrap().as_json(), "0.10000000000000000001");
    assert_eq!((parsed.name.as_str(), parsed.inner.metric), ("a", Metric::Usd));
    assert!(parsed.inner.count.is_none());
    let parsed: Outer =
        parse_body(br#"{"name": "a", "inner": {"metric": "usd"}, "label": null, "amount": null}"#).unwrap();
    assert!(matches!(parsed.label, Patch::Set(None)));
    assert!(parsed.amount.is_none());
}

#[test]
fn whole_numbers_may_be_written_with_a_point_or_an_exponent() {
    for number in ["9", "9.0", "9e0", "0.9e1"] {
        let parsed: Inner =
            parse_body(format!(r#"{{"metric": "usd", "count": {number}}}"#).as_bytes()).unwrap();
        assert_eq!(parsed.count.unwrap().0, 9, "{number}");
    }
    for number in ["9.5", "1e1", "-0.1", "1e300", "1e400", "-1e400", "9007199254740993.0", "\"9\"", "true"] {
        let body = format!(r#"{{"metric": "usd", "count": {number}}}"#);
        let errors = errors(parse_body::<Inner>(body.as_bytes()));
        assert_eq!(errors, ["count: must be a whole number from 0 to 9"], "{number}");
    }
}

#[test]
fn types_side_by_side_share_a_query_and_report_all_errors() {
    let query =
        pairs(&[("metric", "usd"), ("metric", "tokens"), ("limit", "5"), ("tag.a", "1"), ("tag.b", "2")]);
    let (filter, page): (Filter, Page) = parse_query(&query).unwrap();
    let metrics: Vec<Metric> = filter.metric.unwrap().into_iter().map(|metric| metric.0).collect();
    assert_eq!(metrics, [Metric::Usd, Metric::Tokens]);
    assert_eq!((page.limit.0, filter.count.is_none()), (5, true));
    assert_eq!(filter.tags.unwrap(), pairs(&[("tag.a", "1"), ("tag.b", "2")]));

    let query = pairs(&[
        ("x", "1"),
        ("tag.", "1"),
        ("count", "1"),
        ("count", "2"),
        ("metric", "a\0"),
        ("limit", "6"),
    ]);
    let expected = [
        "metric: must not contain control characters",
        "count: must be sent only once",
        "limit: must be a whole number from 1 to 5",
        "x: is not a parameter of this endpoint",
        "tag.: is not a parameter of this endpoint",
    ];
    assert_eq!(errors(parse_query::<(Filter, Page)>(&query)), expected);
}
