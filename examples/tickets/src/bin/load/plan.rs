//! Who wants which seat: most want the best ones, and many the same at the same moment.

use fastrand::Rng;
use serde::Serialize;

/// Of so many reservations one is for another seat than a hot one.
const OTHERS: u32 = 5;
/// The best seats that are thought to be free: the crowd is after these.
const BEST: u32 = 5;

/// The crowd.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) users: u32,
    pub(crate) seats: u32,
    /// The first seats, one after another, are what the crowd is after.
    pub(crate) hot: u32,
    pub(crate) reservations: u32,
}

/// What is asked of the office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Wish {
    pub(crate) user: u32,
    pub(crate) seat: u32,
}

impl Plan {
    /// What is wanted in this place of all reservations, from 0.
    pub(crate) fn wish(&self, place: u32, rng: &mut Rng) -> Wish {
        let is_hot = self.hot == self.seats || (self.hot > 0 && !place.is_multiple_of(OTHERS));
        let seat = if is_hot { self.best(place) + rng.u32(..BEST) } else { self.hot + self.other(place) };
        Wish { user: rng.u32(1..=self.users), seat: 1 + seat % self.seats }
    }

    /// The crowd moves from the first seat to the last of the hot ones.
    fn best(&self, place: u32) -> u32 {
        let last = u64::from(self.hot.saturating_sub(BEST) + 1);
        let best = u64::from(place) * last / u64::from(self.reservations.max(1));
        u32::try_from(best).unwrap_or_default()
    }

    /// The others are all over the hall, each as often as any: neighbours in time are far apart.
    fn other(&self, place: u32) -> u32 {
        let others = u64::from((self.seats - self.hot).max(1));
        u32::try_from(u64::from(place / OTHERS) * 7_919 % others).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn most_want_hot_seats_and_every_seat_is_wanted() {
        let plan = Plan { users: 2_000, seats: 1_000, hot: 100, reservations: 20_000 };
        let mut rng = Rng::with_seed(7);
        let mut wanted = BTreeMap::<u32, u32>::new();
        for place in 0..plan.reservations {
            let Wish { user, seat } = plan.wish(place, &mut rng);
            assert!((1..=2_000).contains(&user) && (1..=1_000).contains(&seat));
            *wanted.entry(seat).or_default() += 1;
        }
        let hot: u32 = wanted.range(..=100).map(|(_, times)| times).sum();
        assert_eq!(hot, 16_000);
        assert_eq!(wanted.len(), 1_000);
    }
}
