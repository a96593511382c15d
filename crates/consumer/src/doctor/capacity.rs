//! Whether the database has room for this queue's messages and for all consumers.

use shared::sqs::MAX_BYTES;

use super::check::{About, Check, bytes, skipped};
use crate::store::Variables;

const PACKET: About = About("max_allowed_packet");
const CONNECTIONS: About = About("max_connections");

/// What a row takes beside its body.
const FRAME: u64 = 1_024;

/// How much room is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The most bytes of a message; `None` where the queue does not say.
    pub(super) message: Option<usize>,
    /// The connections of one consumer.
    pub(super) connections: usize,
    /// Consumers side by side.
    pub(super) consumers: usize,
}

/// The room; `None` where the database cannot be reached.
pub(super) fn checks(variables: Option<&Variables>, wanted: Wanted) -> Vec<Check> {
    match variables {
        None => skipped(&[PACKET, CONNECTIONS], "the database cannot be reached"),
        Some(variables) => vec![packet(variables.max_packet, wanted.message), connections(variables, wanted)],
    }
}

fn packet(packet: Option<u64>, message: Option<usize>) -> Check {
    let Some(packet) = packet else { return PACKET.skipped("the server does not say") };
    let message = message.map_or(MAX_BYTES as u64, |bytes| bytes as u64);
    let detail = format!("{}, for messages of up to {}", bytes(packet), bytes(message));
    let remedy = || format!("set max_allowed_packet to {} or more", (4 * message).next_power_of_two());
    if packet < message + FRAME {
        PACKET.failed(format!("{detail}: larger ones are dead-lettered as too-large"), remedy())
    } else if packet < 2 * message {
        PACKET.warning(format!("{detail}: a large one is stored alone"), remedy())
    } else {
        PACKET.ok(detail)
    }
}

fn connections(variables: &Variables, wanted: Wanted) -> Check {
    let Some(most) = variables.max_connections else { return CONNECTIONS.skipped("the server does not say") };
    let Wanted { connections, consumers, .. } = wanted;
    let needed = (connections * consumers) as u64;
    // One of those that are open is the doctor's.
    let free = most.saturating_sub(variables.connected.saturating_sub(1));
    let detail = format!("{consumers} × {connections} wanted, {free} of {most} free");
    let remedy = "raise max_connections, or lower --workers (WORKERS) or the number of consumers";
    match variables.max_user_connections {
        Some(user) if user < needed => CONNECTIONS.failed(
            format!("{detail}, but {user} for this user"),
            "raise max_user_connections, or lower --workers (WORKERS) or the number of consumers",
        ),
        _ if needed > most => CONNECTIONS.failed(detail, remedy),
        _ if needed > free => CONNECTIONS.warning(detail, remedy),
        _ => CONNECTIONS.ok(detail),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict::{Failed, Ok as Fine, Skipped, Warning};
    use super::*;

    #[test]
    fn a_packet_must_hold_the_largest_message() {
        const MIB: u64 = 1 << 20;
        let cases = [
            (16 * MIB, None, Fine),
            (2 * MIB, None, Fine),
            (2 * MIB - 1, None, Warning),
            (MIB + FRAME, None, Warning),
            (MIB, None, Failed),
            (MIB, Some(262_144), Fine),
        ];
        for (most, message, verdict) in cases {
            assert_eq!(packet(Some(most), message).verdict, verdict, "{most}");
        }
        assert_eq!(packet(None, None).verdict, Skipped);
    }

    #[test]
    fn there_must_be_connections_for_every_consumer() {
        let cases = [
            (1, 151, 1, None, Fine),
            (30, 151, 1, None, Fine),
            (30, 151, 3, None, Warning),
            (31, 151, 1, None, Failed),
            (1, 151, 1, Some(5), Fine),
            (1, 151, 1, Some(4), Failed),
        ];
        for (consumers, most, connected, max_user_connections, verdict) in cases {
            let max_connections = Some(most);
            let variables =
                Variables { max_connections, connected, max_user_connections, ..Variables::default() };
            let wanted = Wanted { message: None, connections: 5, consumers };
            assert_eq!(connections(&variables, wanted).verdict, verdict, "{consumers} of {most}");
        }
    }
}
