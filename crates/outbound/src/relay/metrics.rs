//! What a relay tells of itself, under the names that it is scraped by.

use engine::monitor::{Families, Family};

use super::stats::{RelayCounts, RelayStats};

/// The metrics of a relay: their names, kinds and what they say.
pub mod names {
    use engine::metrics::names::{Kind, Name};

    const fn name(name: &'static str, kind: Kind, help: &'static str) -> Name {
        Name { name, kind, labels: &[], help }
    }

    /// What waits.
    pub const DEPTH: Name = name(
        "outbox_depth",
        Kind::Gauge,
        "Messages in the outbox, all relays' alike, up to 100,000; absent while the database does not say",
    );
    /// For how long.
    pub const OLDEST_AGE: Name = name(
        "outbox_oldest_age_seconds",
        Kind::Gauge,
        "Since the first of them was published; absent while the database does not say",
    );
    /// What was sent.
    pub const RELAYED: Name = name(
        "outbox_relayed_total",
        Kind::Counter,
        "Messages of the outbox that SQS confirmed to this relay, and whose rows it deleted",
    );
    /// What was not.
    pub const FAILED: Name = name(
        "outbox_failed_total",
        Kind::Counter,
        "Tries to relay a message that SQS did not confirm, or whose row could not be deleted",
    );
    /// What never will be.
    pub const REFUSED: Name = name(
        "outbox_refused",
        Kind::Gauge,
        "Messages of the outbox that SQS refuses: each stays, and what follows it in its group",
    );
    /// Where nothing can be sent to.
    pub const QUEUES_PAUSED: Name = name(
        "outbox_queues_paused",
        Kind::Gauge,
        "Queues whose messages wait in the outbox, as calls to them fail",
    );
    /// Requests.
    pub const REQUESTS: Name =
        name("outbox_sqs_requests_total", Kind::Counter, "Calls to SQS that this relay began");

    /// All of them.
    pub const ALL: &[Name] = &[DEPTH, OLDEST_AGE, RELAYED, FAILED, REFUSED, QUEUES_PAUSED, REQUESTS];
}

impl RelayStats {
    /// All there is to measure, for an admin server or a registry of your own.
    pub fn families(&self) -> Vec<Family> {
        let RelayCounts { relayed, failed, calls, refused, queues_paused, depth } = self.counts();
        let mut families = Families::default();
        families.count(&names::RELAYED, relayed);
        families.count(&names::FAILED, failed);
        families.count(&names::REFUSED, refused);
        families.count(&names::QUEUES_PAUSED, queues_paused);
        families.count(&names::REQUESTS, calls);
        if let Some(depth) = depth {
            families.count(&names::DEPTH, depth.rows);
            families.value(&names::OLDEST_AGE, depth.oldest.as_secs_f64());
        }
        families.gathered()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::port::Depth;
    use super::*;

    #[test]
    fn every_metric_is_told_under_its_name_once_the_depth_is_known() {
        let stats = RelayStats::default();
        assert_eq!(stats.families().len(), names::ALL.len() - 2);
        stats.set_depth(Some(Depth { rows: 3, oldest: Duration::from_secs(2) }));
        let mut told: Vec<_> = stats.families().iter().map(|family| family.name.name).collect();
        let mut all: Vec<_> = names::ALL.iter().map(|name| name.name).collect();
        told.sort_unstable();
        all.sort_unstable();
        assert_eq!(told, all);
    }
}
