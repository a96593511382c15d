//! What happens to a subject, and what is sent meanwhile.

use std::time::Duration;

use super::outage::Outage;
use super::traffic::{Sent, sent};

/// Messages that are sent, but for kills.
const MESSAGES: usize = 1_000;
/// A subject that stores 30,000 a second would be done with fewer before it could be killed.
const MESSAGES_OF_KILLS: usize = 20_000;
/// Between batches of ten while the database is away: 20 messages a second, for 50 s.
const PACE: Duration = Duration::from_millis(500);

/// A fault, on a queue and a table of its own for each subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Killed,
    Stopped,
    ReadOnly,
    Refused,
    Repeated,
}

/// In the order in which they are tried.
pub(super) const FAULTS: [Fault; 5] =
    [Fault::Killed, Fault::Stopped, Fault::ReadOnly, Fault::Refused, Fault::Repeated];

impl Fault {
    /// As the table has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Killed => "kill -9 three times while draining 20,000",
            Self::Stopped => "database stopped for 61 s",
            Self::ReadOnly => "database read-only for 61 s",
            Self::Refused => "10 of 1,000 rows refused by a CHECK",
            Self::Repeated => "100 of 1,100 sent twice",
        }
    }

    /// What it does to the database, if that is what it is about.
    pub(super) fn outage(self) -> Option<Outage> {
        match self {
            Self::Stopped => Some(Outage::Stopped),
            Self::ReadOnly => Some(Outage::ReadOnly),
            Self::Killed | Self::Refused | Self::Repeated => None,
        }
    }

    /// Whether messages come one after the other, with this between batches; else they are there
    /// before the subject.
    pub(super) fn pace(self) -> Option<Duration> {
        self.outage().map(|_| PACE)
    }

    /// What is sent.
    pub(super) fn messages(self) -> Vec<Sent> {
        let mut messages = sent(if self == Self::Killed { MESSAGES_OF_KILLS } else { MESSAGES });
        match self {
            Self::Refused => messages.iter_mut().step_by(100).for_each(Sent::spoil),
            Self::Repeated => messages.extend_from_within(..100),
            Self::Killed | Self::Stopped | Self::ReadOnly => {}
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_what_the_name_says() {
        let refused = Fault::Refused.messages();
        assert_eq!((refused.len(), refused.iter().filter(|sent| sent.is_bad()).count()), (1_000, 10));
        let repeated = Fault::Repeated.messages();
        assert_eq!((repeated.len(), &repeated[0]), (1_100, &repeated[1_000]));
    }
}
