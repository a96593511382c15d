//! What a proxy does to the bytes that come by.

use std::time::Duration;

use super::counts::Fault;

/// A throttled stream moves in so many steps a second.
const STEPS: u32 = 50;

/// What happens to connections until the mode is changed; each is obeyed by existing
/// connections, too, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Relays.
    Pass,
    /// The port is closed: connecting is refused. Existing connections are reset.
    Refuse,
    /// Connections are accepted, but nothing moves in either direction, no end either. What
    /// was held moves on when the mode changes, as after a cable was plugged in again.
    BlackHole,
    /// A connection is reset when it has carried this many bytes, both directions together.
    ResetAfter {
        /// Counted from its beginning. 0: it is reset as soon as it is accepted.
        bytes: u64,
    },
    /// Every chunk (up to 16 KiB) waits, in both directions.
    Delay {
        /// So long at least.
        by: Duration,
        /// And up to so much longer, drawn evenly.
        jitter: Duration,
    },
    /// Each direction of each connection moves no faster.
    Throttle {
        /// 0 counts as 1.
        bytes_per_second: u32,
    },
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who connected to the proxy.
    Client,
    /// Whom the proxy connected to.
    Upstream,
}

impl Mode {
    /// How much of `bytes` (at least 1) moves in one step.
    pub(super) fn step(self, bytes: usize) -> usize {
        match self {
            Self::Throttle { bytes_per_second } => bytes.min((bytes_per_second / STEPS).max(1) as usize),
            _ => bytes,
        }
    }

    /// What `bytes` have to wait for, and how long.
    pub(super) fn pause(self, bytes: usize) -> Option<(Fault, Duration)> {
        match self {
            Self::BlackHole => Some((Fault::BlackHole, Duration::MAX)),
            Self::Delay { by, jitter } => Some((Fault::Delay, by + jitter.mul_f64(fastrand::f64()))),
            Self::Throttle { bytes_per_second } if bytes > 0 => {
                let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
                let seconds = f64::from(bytes) / f64::from(bytes_per_second.max(1));
                Some((Fault::Throttle, Duration::from_secs_f64(seconds)))
            }
            _ => None,
        }
    }

    /// How many bytes a connection may still carry that has `carried` so many.
    pub(super) fn allowance(self, carried: u64) -> u64 {
        match self {
            Self::ResetAfter { bytes } => bytes.saturating_sub(carried),
            _ => u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttled_second_is_as_long_as_its_bytes() {
        let mode = Mode::Throttle { bytes_per_second: 1_000 };
        assert_eq!(mode.step(16_384), 20);
        assert_eq!(mode.pause(20), Some((Fault::Throttle, Duration::from_millis(20))));
        assert_eq!(Mode::Throttle { bytes_per_second: 0 }.step(9), 1);
    }

    #[test]
    fn a_delay_lies_between_its_bounds() {
        let second = Duration::from_secs(1);
        let mode = Mode::Delay { by: second, jitter: second };
        let within = |(_, pause)| (second..=2 * second).contains(&pause);
        assert!((0..100).all(|_| mode.pause(1).is_some_and(within)));
    }
}
