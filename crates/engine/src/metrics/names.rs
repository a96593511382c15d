//! Every metric that `/metrics` has: its name, kind, labels and what it says.
//!
//! Where OpenTelemetry has a name for it, that is used, as Prometheus spells it
//! (<https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/>). Durations are in
//! seconds. Every counter begins at 0 when the process does.

/// What a metric does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts values by size: has `_bucket`, `_sum` and `_count`.
    Histogram,
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    /// As it is scraped.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// The names of its labels; none beside those.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

macro_rules! names {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(
            #[allow(clippy::doc_markdown, reason = "it is scraped as plain text")]
            #[doc = $help]
            pub const $constant: Name =
                Name { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };
        )*
        /// All of them.
        pub const ALL: &[Name] = &[$($constant),*];
    };
}

// `error_type` is there only where the call failed: `away`, `refused`, `denied` or `no_such_queue`.
// `messaging_system` is always `aws_sqs`, `messaging_destination_name` the queue's name.
// `messaging_operation_name` and `operation` are `receive`, `delete`, `change_visibility`, `send`
// (a dead letter) or `get_attributes` (the queue's depth).
names! {
    OPERATION_DURATION = Histogram "messaging_client_operation_duration_seconds"
        ["messaging_system", "messaging_operation_name", "messaging_destination_name", "error_type"]
        "Calls to SQS that ended; a receive includes its wait for messages";
    PROCESS_DURATION = Histogram "messaging_process_duration_seconds"
        ["messaging_system", "messaging_operation_name", "messaging_destination_name", "error_type"]
        "Batches that the handler ended, operation process; error_type is away where it could do nothing";
    CONSUMED = Counter "messaging_client_consumed_messages_total"
        ["messaging_system", "messaging_operation_name", "messaging_destination_name"]
        "Messages that SQS handed out, again or for the first time";
    SENT = Counter "messaging_client_sent_messages_total"
        ["messaging_system", "messaging_operation_name", "messaging_destination_name"]
        "Messages sent: to the dead-letter queue";

    RECEIVED = Counter "consumer_received_total" []
        "Messages that SQS handed out, again or for the first time";
    STORED = Counter "consumer_stored_total" []
        "Messages that the handler has done: with the built-in one, new rows";
    DUPLICATES = Counter "consumer_duplicates_total" []
        "Messages that the handler found done before";
    FILTERED = Counter "consumer_filtered_total" []
        "Messages that the handler left out, as its filter says";
    DELETED = Counter "consumer_deleted_total" []
        "Messages deleted from the queue, dead letters among them";
    RELEASED = Counter "consumer_released_total" []
        "Messages given back to the queue, to be received again";
    DEAD_LETTERED = Counter "consumer_dead_lettered_total" ["reason"]
        "Messages moved to the dead-letter queue, by dlq-reason";
    RETRIED = Counter "consumer_retried_total" ["class"]
        "Messages to be tried again, by what was in the way: contention (in place), away (held), or the handler's reason (released)";
    EXTENDED = Counter "consumer_leases_extended_total" []
        "Extensions of a lease";
    LOST = Counter "consumer_leases_lost_total" []
        "Leases that were refused an extension: somebody else may have the message";

    IN_FLIGHT = Gauge "consumer_in_flight" []
        "Messages received and not yet settled";
    IN_FLIGHT_LIMIT = Gauge "consumer_in_flight_limit" []
        "The most of them that there may be";
    IN_FLIGHT_BY_GROUP = Gauge "consumer_in_flight_by_group" ["group"]
        "Messages in flight of the ten groups that have the most; absent while no message of a group is";
    IN_ORDER_WAITING = Gauge "consumer_in_order_waiting" []
        "Messages in flight that wait for one before them, of their group or with their key";
    SETTLING = Gauge "consumer_settling" []
        "Messages in flight that are done with, and of which the queue is being told";
    GROUPS_HELD = Gauge "consumer_groups_held" []
        "Groups that stand still behind a rejected message until the reject is accepted";
    IN_FLIGHT_BYTES = Gauge "consumer_in_flight_bytes" []
        "Their bytes, and what open polls are expected to bring";
    CHANNEL_DEPTH = Gauge "consumer_channel_depth" []
        "Those among them that wait for a worker";

    LAG = Histogram "consumer_lag_seconds" []
        "From SQS taking a message to its row, first receives only";
    BATCH_MESSAGES = Histogram "consumer_batch_messages" []
        "Messages in a batch that the handler got";
    INSERT_DURATION = Histogram "consumer_insert_duration_seconds" []
        "Insert statements of the built-in handler, failed ones too";
    RECEIVE_MESSAGES = Histogram "consumer_receive_messages" []
        "Messages in an answer to a receive, 0 to 10";
    EMPTY_RECEIVES = Counter "consumer_empty_receives_total" []
        "Answers to a receive without a message";

    REQUESTS = Counter "consumer_sqs_requests_total" ["operation"]
        "Calls to SQS that were begun; what the SDK repeats within one is not counted";
    REQUESTS_PER_MESSAGE = Gauge "consumer_sqs_requests_per_message" []
        "All calls to SQS for each deleted message, since the start; absent before the first";

    POLLS_OPEN = Gauge "consumer_polls_open" []
        "Receives under way";
    POLLS_LIMIT = Gauge "consumer_polls_limit" []
        "The most of them that there may be";
    POLLS_WANTED = Gauge "consumer_polls_wanted" []
        "Receives that there would be now if nothing held them back: more while answers are full, one while the queue is empty";
    POLLS_FAILING = Gauge "consumer_polls_failing" []
        "1 while receives fail, else 0";
    POLL_AGE = Gauge "consumer_poll_age_seconds" []
        "Since a receive was last begun or answered";
    BREAKER_OPEN = Gauge "consumer_breaker_open" []
        "1 while receiving is stopped because work is unavailable, else 0";
    BREAKER_OPENED = Counter "consumer_breaker_opened_total" []
        "How often that began";
    BREAKER_OPEN_SECONDS = Counter "consumer_breaker_open_seconds_total" []
        "How long that took in all";
    SETTLEMENT_FAILING = Gauge "consumer_settlement_failing" []
        "1 while deletes, changes of visibility or sends to the dead-letter queue fail, else 0";
    UNDELETED = Gauge "consumer_undeleted" []
        "Messages in flight that are done, and not deleted yet";
    REJECTS_HELD = Gauge "consumer_rejects_held" []
        "1 while messages are held that were refused, as it is not certain that they are at fault, else 0";
    PAUSED = Gauge "consumer_paused" []
        "1 while receiving is paused by request, else 0";
    STARTING = Gauge "consumer_starting" []
        "1 while the start waits for the database or SQS, else 0";
    DRAINING = Gauge "consumer_draining" []
        "1 from the first signal to the end, else 0";
    LIVE = Gauge "consumer_live" []
        "1 where /livez says ok, else 0";

    POOL_LIMIT = Gauge "consumer_pool_limit" []
        "Database connections at the most";
    POOL_SIZE = Gauge "consumer_pool_size" []
        "Database connections that are open";
    POOL_IN_USE = Gauge "consumer_pool_in_use" []
        "Those among them that are in use";
    POOL_WAITING = Gauge "consumer_pool_waiting" []
        "Tasks that wait for one";

    QUEUE_WAITING = Gauge "consumer_queue_waiting" []
        "Messages that wait in the queue, by SQS's approximation; absent where SQS does not say";
    QUEUE_IN_FLIGHT = Gauge "consumer_queue_in_flight" []
        "Messages that any consumer holds, by SQS's approximation";
    QUEUE_DELAYED = Gauge "consumer_queue_delayed" []
        "Messages that are not to be received yet, by SQS's approximation";
    QUEUE_OLDEST_AGE = Gauge "consumer_queue_oldest_age_seconds" []
        "Age of the oldest message as this consumer saw it come in; 0 while the queue is empty";
    BACKLOG_SECONDS = Gauge "consumer_backlog_seconds" []
        "How long this consumer alone would need for what waits and is in flight, at the rate measured; absent before it has worked";

    BUILD_INFO = Gauge "consumer_build_info" ["version"]
        "Always 1";
    START_TIME = Gauge "process_start_time_seconds" []
        "When the process began, in seconds since 1970";
    CPU_SECONDS = Counter "process_cpu_seconds_total" []
        "Processor time, user and system";
    RESIDENT_BYTES = Gauge "process_resident_memory_bytes" []
        "Memory in use";
}

/// Those that tell of the process. All others tell of one queue's run, so a process with several
/// queues has them once for each.
pub const OF_PROCESS: &[Name] = &[STARTING, BUILD_INFO, START_TIME, CPU_SECONDS, RESIDENT_BYTES];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_say_their_kind() {
        let mut names: Vec<_> = ALL.iter().map(|name| name.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        for Name { name, kind, help, .. } in ALL {
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert!(!help.is_empty() && !help.ends_with('.'), "{name}");
        }
    }
}
