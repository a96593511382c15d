//! What is read here is what the SDK reads, or nothing.

use aws_sdk_sqs::operation::receive_message::{ReceiveMessage, ReceiveMessageOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::config_bag::ConfigBag;

use shared::message::{Message, Received};

use super::*;
use crate::wire;

/// An answer with all that a message may have.
const FULL: &str = r#"{"Messages": [{"MessageId": "7c0e", "ReceiptHandle": "AQEB+/=", "Other": [{"x": [1e3, null]}],
    "MD5OfBody": "5360706c803a759e3a9f2ca54a651950", "Body": "Hi\u0021", "MD5OfMessageAttributes": "00",
    "Attributes": {"ApproximateReceiveCount": "3", "SentTimestamp": "1700000000123", "SenderId": "1",
      "MessageGroupId": "g", "AWSTraceHeader": "Root=1"},
    "MessageAttributes": {"dedup-id": {"StringValue": "order-1", "DataType": "String"},
      "n": {"StringValue": "1", "DataType": "Number"}, "none": {"DataType": "String"},
      "b": {"BinaryValue": "AAH/", "DataType": "Binary", "StringListValues": []}}},
    {"MessageId": "8d", "ReceiptHandle": "r", "Body": "\"\\\/\b\f\n\r\t \u00e9 \ud83d\ude00 😀", "Attributes": null}]}"#;

/// As the messages are compared: with the attributes in one order.
fn seen(messages: Vec<Judged>) -> Vec<String> {
    let one = |judged: Judged| match judged {
        Ok(Received { mut message, receipt }) => {
            message.attributes.sort_by(|a, b| a.name.cmp(&b.name));
            let Message { id, message_id, body, sent_at, receive_count, attributes, group, trace_header } =
                message;
            let first = (id, message_id, body, sent_at, receive_count);
            format!("{:?}", (receipt, first, attributes, group, trace_header))
        }
        Err(flawed) => format!("{flawed:?}"),
    };
    messages.into_iter().map(one).collect()
}

fn by_sdk(text: &[u8]) -> Option<Vec<String>> {
    let plugin = ReceiveMessage::new().config().unwrap();
    let sdk = plugin.load::<SharedResponseDeserializer>().unwrap();
    let answer = HttpResponse::new(200.try_into().unwrap(), text.to_vec().into());
    let output = sdk.deserialize_nonstreaming_with_config(&answer, &ConfigBag::base()).ok()?;
    let messages = output.downcast::<ReceiveMessageOutput>().unwrap().messages.unwrap_or_default();
    Some(seen(messages.into_iter().map(wire::received).collect()))
}

fn by_us(text: &[u8]) -> Option<Vec<String>> {
    read(text).map(seen)
}

#[test]
fn all_that_a_message_has_is_read_as_the_sdk_reads_it() {
    let messages = by_us(FULL.as_bytes()).unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!(Some(messages), by_sdk(FULL.as_bytes()));
    for empty in ["{}", r#"{"Messages": []}"#, r#"{"Messages": null}"#] {
        assert_eq!(by_us(empty.as_bytes()), Some(Vec::new()), "{empty}");
        assert_eq!(by_sdk(empty.as_bytes()), Some(Vec::new()), "{empty}");
    }
}

#[test]
fn what_is_not_quite_an_answer_is_left_to_the_sdk() {
    let deep = "[".repeat(100_000);
    let body = |body: &str| format!(r#"{{"Messages": [{{"Body": {body}}}]}}"#);
    let attributes = |map: &str| format!(r#"{{"Messages": [{{"MessageAttributes": {map}}}]}}"#);
    let eleven: Vec<_> = (0..11).map(|n| format!(r#""{n}": {{"StringValue": "x"}}"#)).collect();
    let texts = [
        String::new(),
        "[]".into(),
        "{} {}".into(),
        r#"{"Messages": {}}"#.into(),
        r#"{"Messages": [null]}"#.into(),
        r#"{"Messages": [], "Messages": []}"#.into(),
        format!(r#"{{"x": {deep}"#),
        body("7"),
        body(r#""\ud83d""#),
        body("\"a\nb\""),
        body(r#""a", "Body": "b""#),
        attributes(r#"{"a": null}"#),
        attributes(r#"{"a": {"BinaryValue": "?"}}"#),
        attributes(r#"{"a": {"StringValue": "x"}, "a": {}}"#),
        attributes(&format!("{{{}}}", eleven.join(","))),
        r#"{"Messages": [{"Attributes": {"SentTimestamp": null}}]}"#.into(),
        r#"{"Messages": [{"Attributes": {"SentTimestamp": 1}}]}"#.into(),
    ];
    for text in texts {
        assert_eq!(by_us(text.as_bytes()), None, "{}", &text[..text.len().min(99)]);
    }
    assert_eq!(by_us(b"{\"Messages\": [{\"Body\": \"\xff\"}]}"), None);
}

#[test]
fn wherever_an_answer_is_cut_it_is_not_read() {
    for end in 0..FULL.len() {
        assert_eq!(by_us(&FULL.as_bytes()[..end]), None, "{end}");
    }
}

#[test]
fn an_answer_that_was_changed_anywhere_is_read_as_the_sdk_reads_it_or_not_at_all() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut read = 0;
    for _ in 0..20_000 {
        let mut text = FULL.as_bytes().to_vec();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..text.len());
            match random.u8(..3) {
                0 => text[at] = *random.choice(br#"{}[]",:\u0aDn1e-."#).unwrap(),
                1 => drop(text.remove(at)),
                _ => text.insert(at, *random.choice(br#"{}[]",:\ 0x"#).unwrap()),
            }
        }
        if let Some(ours) = by_us(&text) {
            read += 1;
            assert_eq!(Some(ours), by_sdk(&text), "{}", String::from_utf8_lossy(&text));
        }
    }
    assert!(read > 1_000, "only {read} could be read");
}
