//! The table of what waits to be sent: whether it does, and whether anybody sends it.

use mysql::inspect::outbox::OutboxFacts;

use super::check::{Check, CheckName};

const OUTBOX: CheckName = CheckName("outbox");
/// A relay that works sends a message within a second.
const OLD: u64 = 60;

/// The table; `None` where the database cannot be reached.
pub(super) fn check(outbox: Option<&OutboxFacts>) -> Check {
    let Some(outbox) = outbox else { return OUTBOX.skipped("the database cannot be reached") };
    let OutboxFacts { is_there, flaws, undeletable, log_format, waiting } = outbox;
    if !is_there {
        return OUTBOX.skipped("there is no table `outbox`, or no right to it: only who publishes needs it");
    }
    if !flaws.is_empty() {
        return OUTBOX.failed(flaws.join("; "), "make it as `migrations` has it");
    }
    if let Some(error) = undeletable {
        let detail = format!("no relay could run as this user: {error}");
        return OUTBOX.warning(detail, "grant SELECT, INSERT and DELETE on `outbox` to whoever relays");
    }
    if let Some(format) = log_format {
        let detail = format!("no relay can run: binlog_format is {format}, which excludes READ COMMITTED");
        return OUTBOX.warning(detail, "set binlog_format to ROW or MIXED");
    }
    match waiting {
        None => OUTBOX.skipped("no right to see what waits"),
        Some((number, seconds)) if *seconds > OLD => OUTBOX.warning(
            format!("{number} messages wait, the first for {seconds} s"),
            "run `sender relay`, or see in the log of the one that runs what is in its way",
        ),
        Some((number, _)) => OUTBOX.ok(format!("`outbox`, as it should be; {number} messages wait")),
    }
}

#[cfg(test)]
mod tests {
    use mysql::error::StoreError;

    use super::*;
    use crate::doctor::check::Verdict::{Failed, Ok as Fine, Skipped, Warning};

    fn sound() -> OutboxFacts {
        OutboxFacts { is_there: true, waiting: Some((3, 1)), ..OutboxFacts::default() }
    }

    #[test]
    fn an_outbox_is_needed_only_by_those_who_publish() {
        assert_eq!(check(Some(&OutboxFacts::default())).verdict, Skipped);
        assert_eq!(check(None).verdict, Skipped);
        assert_eq!(check(Some(&sound())).verdict, Fine);
    }

    #[test]
    fn what_keeps_a_relay_from_its_work_has_a_remedy() {
        let denied = StoreError::server(1142, "DELETE command denied".into());
        for (outbox, verdict, detail) in [
            (OutboxFacts { flaws: vec!["seq is missing".into()], ..sound() }, Failed, "seq"),
            (OutboxFacts { undeletable: Some(denied), ..sound() }, Warning, "1142"),
            (OutboxFacts { log_format: Some("STATEMENT".into()), ..sound() }, Warning, "STATEMENT"),
            (OutboxFacts { waiting: Some((7, 3_600)), ..sound() }, Warning, "7 messages"),
        ] {
            let found = check(Some(&outbox));
            assert_eq!(found.verdict, verdict, "{found:?}");
            assert!(found.detail.contains(detail) && found.remedy.is_some(), "{found:?}");
        }
    }
}
