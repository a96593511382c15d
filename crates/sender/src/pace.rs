//! When the next message is due: on a grid laid at the start, so that the pace does not drift.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// Above this many a second, messages are due in bunches at every [`TICK`].
const SINGLY: f64 = 10.0;
const TICK: Duration = Duration::from_millis(100);
/// Stands for any longer period, so that adding one to an instant cannot overflow.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// Messages per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace(f64);

impl Pace {
    /// As fast as the queue takes them.
    pub const MAX: Self = Self(f64::INFINITY);
    /// The highest rate that can be asked for by number.
    pub const HIGHEST: f64 = 100_000.0;

    /// One message per `interval`.
    pub fn every(interval: Duration) -> Self {
        Self(interval.as_secs_f64().recip())
    }

    /// So many messages a second: more than none, at most [`Pace::HIGHEST`].
    pub fn per_second(rate: f64) -> Option<Self> {
        (rate > 0.0 && rate <= Self::HIGHEST).then_some(Self(rate))
    }

    /// The distance of the grid's points, and how many messages are due at each.
    fn grid(self) -> (Duration, f64) {
        if self.0 > SINGLY {
            return (TICK, self.0 / SINGLY);
        }
        let period = Duration::try_from_secs_f64(self.0.recip()).unwrap_or(LONGEST);
        (period.min(LONGEST), 1.0)
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |value: f64| (value * 1_000.0).round() / 1_000.0;
        if self.0.is_infinite() {
            write!(f, "as fast as the queue takes them")
        } else if self.0 > 1.0 {
            write!(f, "{} messages a second", short(self.0))
        } else {
            write!(f, "one message every {} s", short(self.0.recip()))
        }
    }
}

/// Hands out the right to send, message by message.
#[derive(Debug)]
pub struct Pacer {
    next: Instant,
    period: Duration,
    per_period: f64,
    owed: f64,
    /// What a stall may leave owed: one second's worth, so that no burst follows it.
    most: f64,
}

impl Pacer {
    /// Starts at `now`, when the first message is due.
    pub fn new(pace: Pace, now: Instant) -> Self {
        let (period, per_period) = pace.grid();
        let owed = if pace == Pace::MAX { f64::INFINITY } else { 1.0 };
        Self { next: now + period, period, per_period, owed, most: pace.0.max(1.0) }
    }

    /// Whether a message is due; if so, it is taken as sent.
    pub fn take(&mut self, now: Instant) -> bool {
        self.earn(now);
        let due = self.owed >= 1.0;
        if due {
            self.owed -= 1.0;
        }
        due
    }

    /// When more will be due.
    pub fn next(&self) -> Instant {
        self.next
    }

    fn earn(&mut self, now: Instant) {
        let Some(late) = now.checked_duration_since(self.next) else { return };
        let passed = late.as_nanos() / self.period.as_nanos() + 1;
        let periods = u32::try_from(passed).unwrap_or(u32::MAX);
        self.next += self.period * periods;
        self.owed = (self.owed + f64::from(periods) * self.per_period).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many were due by each of these times, in milliseconds since the start.
    fn due(pace: Pace, times: &[u64]) -> Vec<usize> {
        let start = Instant::now();
        let mut pacer = Pacer::new(pace, start);
        let mut at =
            |ms| (0..1_000_000).take_while(|_| pacer.take(start + Duration::from_millis(ms))).count();
        times.iter().map(|&ms| at(ms)).collect()
    }

    fn rate(rate: f64) -> Pace {
        Pace::per_second(rate).unwrap()
    }

    #[test]
    fn the_first_is_due_at_once_and_the_second_a_period_later() {
        assert_eq!(due(rate(2.0), &[0, 499, 500, 999, 1_000]), [1, 0, 1, 0, 1]);
        assert_eq!(due(rate(1e-300), &[0, 1_000_000_000]), [1, 0]);
    }

    #[test]
    fn a_fast_pace_is_met_in_bunches() {
        assert_eq!(due(rate(100.0), &[0, 99, 100, 200]), [1, 0, 10, 10]);
        assert_eq!(due(rate(25.0), &[0, 100, 200, 300, 400]), [1, 2, 3, 2, 3]);
    }

    #[test]
    fn a_late_look_does_not_shift_the_grid() {
        assert_eq!(due(rate(1.0), &[0, 1_900, 2_000, 3_500, 4_000]), [1, 1, 1, 1, 1]);
    }

    #[test]
    fn a_stall_is_followed_by_one_seconds_worth_and_no_more() {
        assert_eq!(due(rate(100.0), &[0, 600_000, 600_100]), [1, 100, 10]);
        assert_eq!(due(rate(1.0), &[0, 600_000, 601_000]), [1, 1, 1]);
    }

    #[test]
    fn an_interval_is_kept_to_the_nanosecond() {
        for ms in 100..=10_000 {
            let interval = Duration::from_millis(ms);
            assert_eq!(Pace::every(interval).grid(), (interval, 1.0));
        }
    }

    #[test]
    fn without_a_pace_something_is_always_due() {
        assert_eq!(due(Pace::MAX, &[0]), [1_000_000]);
    }

    #[test]
    fn a_rate_is_above_none_and_bounded() {
        for refused in [0.0, -1.0, 100_000.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Pace::per_second(refused), None, "{refused}");
        }
    }

    #[test]
    fn a_pace_says_what_it_is() {
        assert_eq!(Pace::every(Duration::from_secs(2)).to_string(), "one message every 2 s");
        assert_eq!(Pace::every(Duration::from_millis(300)).to_string(), "3.333 messages a second");
        assert_eq!(Pace::MAX.to_string(), "as fast as the queue takes them");
    }
}
