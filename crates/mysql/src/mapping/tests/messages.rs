//! Messages and the rows that are made of them.

use shared::message::{Attribute, AttributeValue, DedupId, Message};

use super::table::orders;
use crate::mapping::file::Mapping;
use crate::mapping::known::{Known, Trait};
use crate::mapping::plan::Plan;
use crate::mapping::row::Made;
use crate::mapping::value::Value;

fn message(body: &str) -> Message {
    Message {
        id: DedupId::of("11111111-2222-4333-8444-555555555555"),
        message_id: "m-1".into(),
        body: body.into(),
        sent_at: Some(std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_764_222_294_123)),
        receive_count: 3,
        attributes: vec![Attribute::text("tenant", "7")],
        group: Some("g".into()),
        trace_header: None,
    }
}

/// A plan for the table of orders.
fn plan(columns: &str) -> (Plan, Known) {
    let text = format!("table = \"orders\"\n{columns}");
    let mapping = Mapping::parse("m.toml", &text).unwrap();
    let plan = Plan::of(&mapping, Some(&orders()));
    let known = Known::nothing(plan.columns.len());
    (plan, known)
}

fn shown(value: &Value<'_>) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Default => "DEFAULT".into(),
        Value::Text(text) => text.to_string(),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
    }
}

/// The row, or the reason why there is none and whether that is for sure.
fn made((plan, known): &(Plan, Known), body: &str) -> Result<Vec<String>, (String, bool)> {
    match plan.row(&message(body), None, known) {
        Made::Row(row) => Ok(row.values.iter().map(shown).collect()),
        Made::Refused(why) => Err((why.reason().to_owned(), why.is_certain())),
        Made::Filtered => Err(("filtered".into(), true)),
        Made::Unfilterable => Err(("unfilterable".into(), false)),
    }
}

fn row(plan: &(Plan, Known), body: &str) -> Vec<String> {
    made(plan, body).unwrap()
}

fn reason(plan: &(Plan, Known), body: &str) -> (String, bool) {
    made(plan, body).unwrap_err()
}

fn is(reason: &str, is_certain: bool) -> (String, bool) {
    (reason.to_owned(), is_certain)
}

#[test]
fn every_source_fills_its_column() {
    let plan = plan(
        "[columns]\nid = \"/order/id\"\ntotal = { from = \"/order/total\", as = \"decimal\" }\nraw = \"body\"\n\
         ref = { from = \"dedup-id\", as = \"binary\" }\nnumber = \"dedup-id\"\nnote = \"message-id\"\n\
         placed_at = \"sent-at\"\nserial = \"receive-count\"\npaid = { value = true }\nscore = \"attribute:tenant\"",
    );
    let body = r#"{"order": {"id": 9007199254740993, "total": "12.50"}}"#;
    let expected = [
        "9007199254740993",
        "12.5",
        body,
        "16 bytes",
        "11111111-2222-4333-8444-555555555555",
        "m-1",
        "2025-11-27 05:44:54.123000",
        "3",
        "1",
        "7",
    ];
    assert_eq!(row(&plan, body), expected);
}

#[test]
fn what_is_missing_or_null_is_what_the_file_says() {
    let plan = plan(
        "[columns]\nid = \"/id\"\ntotal = { from = \"/total\", missing = \"null\" }\n\
         paid = { from = \"/paid\", as = \"boolean\", missing = \"default\" }",
    );
    assert_eq!(row(&plan, r#"{"id": 1}"#), ["1", "NULL", "DEFAULT"]);
    assert_eq!(row(&plan, r#"{"id": 1, "total": null, "paid": null}"#), ["1", "NULL", "DEFAULT"]);
    assert_eq!(row(&plan, r#"{"id": 1, "total": 0.10, "paid": false}"#), ["1", "0.1", "0"]);
    assert_eq!(reason(&plan, r#"{"total": 1}"#), is("missing-field", true));
    assert_eq!(reason(&plan, r#"{"id": null}"#), is("missing-field", true));
}

#[test]
fn a_message_is_at_fault_only_if_another_has_shown_that_the_file_is_right() {
    let plan = plan("[columns]\nid = \"/id\"\nplaced_at = { from = \"/at\", as = \"time\" }");
    assert_eq!(reason(&plan, "no json"), is("malformed", false));
    assert_eq!(plan.1.doubt(), Some(Trait::Json));
    assert_eq!(reason(&plan, r#"{"id": 1}"#), is("missing-field", false));
    assert_eq!(plan.1.doubt(), Some(Trait::Found(1)));
    assert_eq!(reason(&plan, r#"{"id": 1, "at": 1764222294}"#), is("data-error", false));
    assert_eq!(plan.1.doubt(), Some(Trait::Made(1)));
    assert_eq!(reason(&plan, "no json"), is("malformed", true));
    assert_eq!(row(&plan, r#"{"id": 1, "at": "2026-11-27T05:44:54Z"}"#).len(), 2);
    for (body, why) in [
        ("{", "malformed"),
        (r#"{"id": 1}"#, "missing-field"),
        (r#"{"at": "2026-11-27T05:44:54Z"}"#, "missing-field"),
        (r#"{"id": 1, "at": "now"}"#, "data-error"),
    ] {
        assert_eq!(reason(&plan, body), is(why, true), "{body}");
    }
    assert_eq!(plan.1.doubt(), None);
}

#[test]
fn a_filter_lets_through_what_is_equal_and_leaves_nothing_out_before_it_was_found() {
    let plan = |value: &str| {
        plan(&format!("filter = {{ pointer = \"/type\", value = {value} }}\n[columns]\nid = \"/id\""))
    };
    let created = plan("\"created\"");
    assert_eq!(reason(&created, r#"{"id": 1}"#), is("unfilterable", false));
    assert_eq!(reason(&created, r#"{"type": "gone"}"#), is("filtered", true));
    assert_eq!(reason(&created, r#"{"id": 1}"#), is("filtered", true));
    assert_eq!(row(&created, r#"{"id": 1, "type": "cr\u0065ated"}"#), ["1"]);
    assert_eq!(row(&plan("7"), r#"{"id": 1, "type": 7.0}"#), ["1"]);
    assert_eq!(row(&plan("true"), r#"{"id": 1, "type": true}"#), ["1"]);
    assert_eq!(reason(&plan("7"), r#"{"id": 1, "type": null}"#), is("filtered", true));
}

#[test]
fn strange_values_are_stored_exactly_or_refused() {
    let plan = plan("[columns]\nid = \"/id\"\ntotal = \"/total\"\nscore = \"/score\"\nnumber = \"/number\"");
    let of = |id: &str, total: &str, score: &str, number: &str| {
        let body = format!(r#"{{"id": {id}, "total": {total}, "score": {score}, "number": {number}}}"#);
        made(&plan, &body)
    };
    let large = of("9223372036854775807", "0.1", "0.1", "\"\u{1f468}\u{200d}\u{1f469}\"").unwrap();
    assert_eq!(large, ["9223372036854775807", "0.1", "0.1", "\u{1f468}\u{200d}\u{1f469}"]);
    for (id, total, score, number) in [
        ("1.5", "1", "1", "1"),
        ("1", "0.125", "1", "1"),
        ("1", "1", "9007199254740993", "1"),
        ("1e999", "1", "1", "1"),
        ("{}", "1", "1", "1"),
        ("1", "1", "1", "\"\\udc00\""),
    ] {
        assert_eq!(
            of(id, total, score, number).unwrap_err().0,
            "data-error",
            "{id} {total} {score} {number}"
        );
    }
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    assert_eq!(of("1", "1", "1", &deep).unwrap()[3], deep);
    assert_eq!(of("1, \"id\": 2", "1", "1", "1").unwrap_err().0, "malformed");
}

#[test]
fn bytes_of_an_attribute_are_bytes() {
    let plan = plan("[columns]\nref = \"attribute:key\"");
    let mut message = message("x");
    let attribute = Attribute::text("key", "");
    message.attributes = vec![Attribute { value: AttributeValue::Bytes(vec![0; 16]), ..attribute }];
    let Made::Row(row) = plan.0.row(&message, None, &plan.1) else { panic!("no row") };
    assert_eq!(row.values, [Value::Bytes(vec![0; 16].into())]);
}
