//! What is written is read back, whatever the message was and however often it died.

use shared::message::{DedupId, TRACEPARENT};

use super::*;

const SOURCE_URL: &str = "http://h/0/q";

fn message(body: &str, attributes: Vec<Attribute>) -> Message {
    Message {
        id: DedupId::identify(name::said(&attributes), "m"),
        message_id: "m".into(),
        body: body.into(),
        sent_at: None,
        receive_count: 3,
        attributes,
        group: None,
        trace_header: None,
    }
}

fn rejection() -> Rejection {
    Rejection::new("data-error", "bad\u{9b}\n")
}

fn own(count: usize) -> Vec<Attribute> {
    (0..count).map(|n| Attribute::text(&format!("own-{n}"), "x")).collect()
}

/// Of a message with this body and so many attributes.
fn letter(body: &str, count: usize) -> Option<Vec<Attribute>> {
    attributes(&message(body, own(count)), &rejection(), SOURCE_URL)
}

#[test]
fn a_dead_letter_says_why_and_keeps_its_name() {
    let letter = letter("b", 0).unwrap();
    let value = |name| Attribute::find_text(&letter, name);
    assert_eq!((value(REASON), value(ATTEMPTS)), (Some("data-error"), Some("3")));
    assert_eq!((value(ERROR), value(DEDUP_ID)), (Some("bad\\u{9b}\\n"), Some("m")));
}

#[test]
fn everything_is_read_back_packed_or_not() {
    for count in 0..=MAX_ATTRIBUTES {
        let bytes = AttributeValue::Bytes(vec![0, 255]);
        let bytes = Attribute { name: "b".into(), data_type: "Binary.x".into(), value: bytes };
        let mut said = own(count);
        said.pop();
        said.insert(0, bytes);
        let letter = attributes(&message("b", said.clone()), &rejection(), SOURCE_URL).unwrap();
        assert!(letter.len() <= MAX_ATTRIBUTES, "{count}");
        said.push(Attribute::text(DEDUP_ID, "m"));
        said.sort_by(|a, b| a.name.cmp(&b.name));
        let Metadata { reason, error, attempts, source, at, own } = Metadata::of(&letter);
        assert_eq!(own, said, "{count}");
        let known = [reason, error, attempts, source].map(Option::unwrap);
        assert_eq!(known, ["data-error", "bad\\u{9b}\\n", "3", SOURCE_URL], "{count}");
        assert!(humantime::parse_rfc3339(&at.unwrap()).is_ok());
    }
}

#[test]
fn a_second_end_replaces_the_first_and_keeps_what_the_sender_said() {
    for count in 0..=MAX_ATTRIBUTES {
        for turned in [false, true] {
            let mut first = letter("b", count).unwrap();
            if turned {
                first.reverse();
            }
            let again = Message { receive_count: 7, ..message("b", first) };
            let rejection = Rejection::new("too-large", "new");
            let letter = attributes(&again, &rejection, "http://h/0/other").unwrap();
            assert!(letter.len() <= MAX_ATTRIBUTES, "{count}");
            let Metadata { reason, error, attempts, source, own: said, .. } = Metadata::of(&letter);
            let known = [reason, error, attempts, source].map(Option::unwrap);
            assert_eq!(known, ["too-large", "new", "7", "http://h/0/other"], "{count}");
            assert_eq!(said[1..], own(count), "{count}");
            assert!(!format!("{letter:?}").contains("bad"), "{count}");
            assert_eq!(Attribute::find_text(&said, DEDUP_ID), Some("m"));
        }
    }
}

#[test]
fn what_the_sender_calls_as_we_do_is_kept_beside_ours() {
    let bytes = AttributeValue::Bytes(vec![7]);
    let theirs = Attribute { name: REASON.into(), data_type: "Binary".into(), value: bytes };
    let letter = attributes(&message("b", vec![theirs.clone()]), &rejection(), SOURCE_URL).unwrap();
    assert_eq!(letter.iter().filter(|attribute| attribute.name == REASON).count(), 1);
    let facts = Metadata::of(&letter);
    assert!(facts.reason.as_deref() == Some("data-error") && facts.own.contains(&theirs));
}

#[test]
fn a_dead_letter_keeps_the_context_of_its_message() {
    for count in 0..MAX_ATTRIBUTES {
        let said = [own(count), vec![Attribute::text(TRACEPARENT, "00-1-2-01")]].concat();
        let letter = attributes(&message("b", said), &rejection(), SOURCE_URL).unwrap();
        assert_eq!(Attribute::find_text(&letter, TRACEPARENT), Some("00-1-2-01"), "{count}");
    }
}

#[test]
fn a_body_without_room_for_reason_and_name_goes_without_a_letter_of_ours() {
    for count in [0, 9, MAX_ATTRIBUTES] {
        let full = MAX_BYTES - bytes(&own(count));
        assert!(letter(&"x".repeat(full), count).is_none(), "{count}");
        assert!(!has_room(&message(&"x".repeat(full), own(count))), "{count}");
        assert!(has_room(&message("x", own(count))), "{count}");
    }
}

#[test]
fn what_has_little_room_keeps_the_reason_and_everything_its_sender_said() {
    for count in [0, 5, 9, MAX_ATTRIBUTES] {
        for room in (0..900).step_by(7) {
            let full = MAX_BYTES - bytes(&own(count)) - room;
            let Some(letter) = letter(&"x".repeat(full), count) else { continue };
            assert!(full + bytes(&letter) <= MAX_BYTES && letter.len() <= MAX_ATTRIBUTES);
            let facts = Metadata::of(&letter);
            assert_eq!((facts.reason.as_deref(), &facts.own[1..]), (Some("data-error"), &own(count)[..]));
        }
    }
    let letter = letter(&"x".repeat(MAX_BYTES - 90), 0).unwrap();
    assert_eq!(
        (Attribute::find_text(&letter, SOURCE), Attribute::find_text(&letter, ERROR)),
        (Some(SOURCE_URL), None)
    );
}
