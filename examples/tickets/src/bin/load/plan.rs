//! Who wants which seat: most want the best ones, and many the same at the same moment.

use fastrand::Rng;
use serde::Serialize;

/// Of so many reservations one is for another seat than a hot one.
const OTHERS: u32 = 5;
/// The best seats that are thought to be free: the crowd is after these.
const BEST: u32 = 5;

/// The crowd.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    users: u32,
    seats: u32,
    /// The first seats, one after another, are what the crowd is after.
    hot: u32,
    /// The others are wanted in this order, from 0, each as often as any.
    others: Vec<u32>,
    pub(crate) reservations: u32,
}

/// What is asked of the office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Wish {
    pub(crate) user: u32,
    pub(crate) seat: u32,
}

impl Plan {
    pub(crate) fn new(users: u32, seats: u32, hot: u32, reservations: u32) -> Self {
        let mut others: Vec<_> = (hot.min(seats)..seats).collect();
        fastrand::shuffle(&mut others);
        Self { users, seats, hot: hot.min(seats), others, reservations }
    }

    /// What is wanted in this place of all reservations, from 0.
    pub(crate) fn wish(&self, place: u32, rng: &mut Rng) -> Wish {
        let other =
            if place.is_multiple_of(OTHERS) || self.hot == 0 { self.other(place / OTHERS) } else { None };
        let seat = other.unwrap_or_else(|| self.best(place) + rng.u32(..BEST));
        Wish { user: rng.u32(1..=self.users), seat: 1 + seat % self.seats }
    }

    /// The crowd moves from the first seat to the last of the hot ones.
    fn best(&self, place: u32) -> u32 {
        let last = u64::from(self.hot.saturating_sub(BEST) + 1);
        let best = u64::from(place) * last / u64::from(self.reservations.max(1));
        u32::try_from(best).unwrap_or_default()
    }

    /// Nothing where all seats are hot.
    fn other(&self, turn: u32) -> Option<u32> {
        let turn = usize::try_from(turn).ok()?.checked_rem(self.others.len())?;
        self.others.get(turn).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn a_hall_of_hot_seats_alone_and_one_without_any_are_wanted_as_well() {
        let mut rng = Rng::with_seed(7);
        for hot in [0, 10] {
            let plan = Plan::new(1, 10, hot, 1_000);
            let seats: BTreeSet<_> = (0..1_000).map(|place| plan.wish(place, &mut rng).seat).collect();
            assert!(seats.into_iter().eq(1..=10), "{hot}");
        }
    }

    #[test]
    fn most_want_hot_seats_and_every_seat_is_wanted() {
        let plan = Plan::new(2_000, 1_000, 100, 20_000);
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
