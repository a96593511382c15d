//! Roles have the rights that the code makes use of, and no others.

use std::collections::BTreeSet;
use std::path::Path;

use crate::{read, root};

/// The only crate that calls SQS for the consumer and its commands.
const SQS: &str = "crates/sqs/src";

type Actions = BTreeSet<String>;

/// The actions of a policy's statement.
fn granted(policy: &str, sid: &str) -> Actions {
    let text = read("deploy/terraform/policies.tf");
    let begin = |name: &str| format!("data \"aws_iam_policy_document\" \"{name}\"");
    let (_, document) = text.split_once(&begin(policy)).unwrap_or_else(|| panic!("no policy {policy}"));
    let document = document.split("\ndata ").next().unwrap_or_default();
    let statements = document.split("\n  statement {").skip(1);
    let mut found = statements.filter(|statement| statement.contains(&format!("\"{sid}\"")));
    let statement = found.next().unwrap_or_else(|| panic!("no statement {sid} in {policy}"));
    let quoted = statement.split('"').filter(|text| text.starts_with("sqs:"));
    quoted.map(str::to_owned).collect()
}

/// The actions that the code below `path` makes use of, as `client.receive_message().queue_url(…)`.
fn called(path: &Path) -> Actions {
    if path.is_dir() {
        let files = std::fs::read_dir(path).expect("a folder that is there can be read");
        return files.flatten().flat_map(|file| called(&file.path())).collect();
    }
    let source = std::fs::read_to_string(path).expect("sources are text");
    let source: String = source.split_whitespace().collect();
    let calls = ["().queue_url(", "().queue_name("].into_iter().flat_map(|end| {
        let heads = source.match_indices(end).map(|(at, _)| &source[..at]);
        heads.filter_map(|head| head.rsplit('.').next()).map(action).collect::<Vec<_>>()
    });
    calls.collect()
}

/// `delete_message_batch` needs `sqs:DeleteMessage`: a right covers an action and its batch.
fn action(call: &str) -> String {
    let words = call.strip_suffix("_batch").unwrap_or(call).split('_');
    let words = words.map(|word| word[..1].to_uppercase() + &word[1..]);
    format!("sqs:{}", words.collect::<String>())
}

/// What a program calls: itself, and through files of the libraries.
fn program(paths: &[&str]) -> Actions {
    paths.iter().flat_map(|path| called(&root().join(path))).collect()
}

fn actions(names: &[&str]) -> Actions {
    names.iter().map(|name| format!("sqs:{name}")).collect()
}

#[test]
fn the_consumer_may_do_what_its_code_calls_and_no_more() {
    let (consume, letter) = (granted("consumer", "Consume"), granted("consumer", "DeadLetter"));
    assert_eq!(&consume | &letter, program(&[SQS]));
    assert!(!consume.contains("sqs:SendMessage"));
    assert_eq!(letter, actions(&["GetQueueAttributes", "GetQueueUrl", "SendMessage"]));
}

#[test]
fn the_sender_may_do_what_its_code_calls_and_no_more() {
    assert_eq!(
        granted("sender", "Send"),
        program(&["crates/sqs/src/send_port.rs", "crates/sqs/src/lookup.rs"])
    );
}

#[test]
fn operators_take_messages_from_the_dead_letter_queue_only() {
    let (look, take) = (granted("operator", "Look"), granted("operator", "Move"));
    assert_eq!(take, actions(&["DeleteMessage"]));
    assert_eq!(&look | &take, program(&[SQS]));
}
