//! Whether the database has room for this queue's messages and for all consumers.

use mysql::inspect::variables::Variables;
use mysql::store::{BATCH_BYTES, packet};
use shared::limits::MAX_BYTES;

use super::check::{Check, CheckName, bytes, skipped};

const PACKET: CheckName = CheckName("max_allowed_packet");
const CONNECTIONS: CheckName = CheckName("max_connections");

/// How much room is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The most bytes of a message; `None` where the queue does not say.
    pub(super) message: Option<usize>,
    /// Rows of one statement, at the most.
    pub(super) rows: usize,
    /// The connections of one consumer.
    pub(super) connections: usize,
    /// Consumers side by side.
    pub(super) consumers: usize,
}

/// The room; `None` where the database cannot be reached.
pub(super) fn checks(variables: Option<&Variables>, wanted: Wanted) -> Vec<Check> {
    match variables {
        None => skipped(&[PACKET, CONNECTIONS], "the database cannot be reached"),
        Some(variables) => vec![packet(variables.max_packet, wanted), connections(variables, wanted)],
    }
}

fn packet(packet: Option<u64>, wanted: Wanted) -> Check {
    let Some(packet) = packet else { return PACKET.skipped("the server does not say") };
    let message = wanted.message.unwrap_or(MAX_BYTES);
    let (alone, batch) = (packet::alone(message), packet::bytes(wanted.rows, BATCH_BYTES));
    // A batch is given half a packet at the most.
    let needed = alone.max(batch).max(2 * BATCH_BYTES);
    let detail = format!("{}, for messages of up to {}", bytes(packet), bytes(message as u64));
    let remedy = || {
        let most = needed.next_power_of_two() as u64;
        format!("set max_allowed_packet to {} or more", bytes(most))
    };
    if packet < alone as u64 {
        PACKET.failed(format!("{detail}: larger ones are dead-lettered as too-large"), remedy())
    } else if packet < needed as u64 {
        PACKET.warning(format!("{detail}: batches are smaller than they could be"), remedy())
    } else {
        PACKET.ok(detail)
    }
}

fn connections(variables: &Variables, wanted: Wanted) -> Check {
    let Some(most) = variables.max_connections else { return CONNECTIONS.ok("not limited") };
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
    use super::*;
    use crate::doctor::check::Verdict::{Failed, Ok as Fine, Skipped, Warning};

    #[test]
    fn a_packet_must_hold_the_largest_message() {
        const MIB: u64 = 1 << 20;
        let wanted = |message| Wanted { message, rows: 100, connections: 5, consumers: 1 };
        let cases = [
            (16 * MIB, None, Fine),
            (2 * MIB, None, Fine),
            (2 * MIB - 1, None, Warning),
            (MIB + 2_048, None, Warning),
            (MIB, None, Failed),
            (MIB, Some(262_144), Warning),
        ];
        for (most, message, verdict) in cases {
            assert_eq!(packet(Some(most), wanted(message)).verdict, verdict, "{most}");
        }
        assert_eq!(packet(None, wanted(None)).verdict, Skipped);
        let remedy = packet(Some(MIB), wanted(None)).remedy.unwrap();
        assert_eq!(remedy, "set max_allowed_packet to 2 MiB or more");
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
            let wanted = Wanted { message: None, rows: 100, connections: 5, consumers };
            assert_eq!(connections(&variables, wanted).verdict, verdict, "{consumers} of {most}");
        }
        let wanted = Wanted { message: None, rows: 100, connections: 5, consumers: 99 };
        assert_eq!(connections(&Variables::default(), wanted).verdict, Fine, "TiDB");
    }
}
