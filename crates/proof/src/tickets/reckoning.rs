//! What was accepted against what came of it: sold once, told once, and nothing forgotten.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use serde::Deserialize;

/// Each time that a worker decided.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) reservation: String,
    pub(super) seat: u32,
    pub(super) is_sold: bool,
}

/// The counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reckoning {
    /// Reservations that were answered with 202.
    pub accepted: usize,
    /// Seats that somebody has.
    pub sold: usize,
    /// Reservations that were rejected.
    pub rejected: usize,
    /// Sales beyond the first of a seat, and seats that are not with the one who was told so.
    pub oversold: usize,
    /// Outcomes in the last table.
    pub outcomes: usize,
    /// Reservations that were decided, or told, more than once.
    pub doubled: usize,
    /// Reservations that were accepted, and not decided or not told.
    pub lost: usize,
    /// Reservations that were decided, and that the crowd does not know as accepted: somebody else asked, or
    /// it left before the answer.
    pub unexpected: usize,
}

#[derive(Debug, Deserialize)]
struct Told {
    reservation: String,
}

impl Reckoning {
    /// Reads the tables.
    pub(super) async fn take(database: &mut Conn, accepted: &str) -> Result<Self> {
        let rows: Vec<(String, u32, bool)> =
            database.query("SELECT reservation, seat, is_sold FROM reservations ORDER BY number").await?;
        let decision = |(reservation, seat, is_sold)| Decision { reservation, seat, is_sold };
        let decisions: Vec<_> = rows.into_iter().map(decision).collect();
        let bodies: Vec<Vec<u8>> = database.query("SELECT message FROM messages").await?;
        let told = bodies.iter().map(|body| {
            let told: Told = serde_json::from_slice(body).context("an outcome that is none")?;
            Ok(told.reservation)
        });
        let told = told.collect::<Result<Vec<_>>>()?;
        let seats: Vec<(u32, Option<String>)> = database.query("SELECT seat, reservation FROM seats").await?;
        let seats = seats.into_iter().filter_map(|(seat, holder)| Some((seat, holder?))).collect();
        Ok(Self::of(&accepted.lines().collect::<Vec<_>>(), &decisions, &told, &seats))
    }

    fn of(accepted: &[&str], decisions: &[Decision], told: &[String], seats: &BTreeMap<u32, String>) -> Self {
        let accepted = times(accepted.iter().copied());
        let decided = times(decisions.iter().map(|decision| decision.reservation.as_str()));
        let told_of = times(told.iter().map(String::as_str));
        let twice = |times: &BTreeMap<&str, usize>| times.values().filter(|times| **times > 1).count();
        let is_lost = |name: &&&str| !decided.contains_key(**name) || !told_of.contains_key(**name);
        Self {
            accepted: accepted.len(),
            sold: seats.len(),
            rejected: decisions.iter().filter(|decision| !decision.is_sold).count(),
            oversold: oversold(decisions, seats),
            outcomes: told.len(),
            doubled: twice(&decided) + twice(&told_of),
            lost: accepted.keys().filter(is_lost).count(),
            unexpected: decided.keys().filter(|name| !accepted.contains_key(**name)).count(),
        }
    }

    /// Whether nothing is wrong, and everything was asked for by the crowd.
    pub fn is_clean(&self) -> bool {
        self.is_harmless() && self.unexpected == 0 && self.outcomes == self.sold + self.rejected
    }

    /// Whether nobody came to harm.
    pub fn is_harmless(&self) -> bool {
        (self.oversold, self.doubled, self.lost) == (0, 0, 0)
    }
}

fn oversold(decisions: &[Decision], seats: &BTreeMap<u32, String>) -> usize {
    let mut buyers = BTreeMap::<u32, Vec<&str>>::new();
    for decision in decisions.iter().filter(|decision| decision.is_sold) {
        buyers.entry(decision.seat).or_default().push(&decision.reservation);
    }
    let beyond: usize = buyers.values().map(|buyers| buyers.len() - 1).sum();
    let is_wrong = |(seat, holder): &(&u32, &String)| {
        !buyers.get(seat).is_some_and(|buyers| buyers.contains(&holder.as_str()))
    };
    beyond + seats.iter().filter(is_wrong).count()
}

fn times<'n>(names: impl Iterator<Item = &'n str>) -> BTreeMap<&'n str, usize> {
    let mut times = BTreeMap::new();
    for name in names {
        *times.entry(name).or_default() += 1;
    }
    times
}

impl fmt::Display for Reckoning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, sold, rejected, oversold, outcomes, doubled, lost, unexpected } = self;
        write!(f, "accepted {accepted}: sold {sold}, rejected {rejected}, oversold {oversold}, ")?;
        write!(f, "outcomes {outcomes}, doubled {doubled}, lost {lost}")?;
        if *unexpected > 0 {
            write!(f, ", unknown to the crowd {unexpected}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two who want one seat, and one who wants another.
    struct End {
        decisions: Vec<Decision>,
        told: Vec<String>,
        seats: BTreeMap<u32, String>,
    }

    impl End {
        fn well() -> Self {
            let decision = |reservation: &str, seat, is_sold| Decision {
                reservation: reservation.into(),
                seat,
                is_sold,
            };
            Self {
                decisions: vec![decision("a", 1, true), decision("b", 1, false), decision("c", 2, true)],
                told: ["a", "b", "c"].map(str::to_owned).to_vec(),
                seats: [(1, "a".to_owned()), (2, "c".to_owned())].into(),
            }
        }

        fn reckoning(&self) -> Reckoning {
            Reckoning::of(&["a", "b", "c"], &self.decisions, &self.told, &self.seats)
        }

        fn after(harm: impl FnOnce(&mut Self)) -> Reckoning {
            let mut end = Self::well();
            harm(&mut end);
            let reckoning = end.reckoning();
            assert!(!reckoning.is_clean(), "{reckoning}");
            reckoning
        }
    }

    #[test]
    fn where_nothing_is_wrong_nothing_is_counted_as_wrong() {
        let reckoning = End::well().reckoning();
        assert!(reckoning.is_clean());
        assert_eq!((reckoning.sold, reckoning.rejected, reckoning.outcomes), (2, 1, 3));
    }

    #[test]
    fn each_kind_of_harm_is_found() {
        assert_eq!(End::after(|end| end.decisions[1].is_sold = true).oversold, 1);
        assert_eq!(End::after(|end| drop(end.seats.insert(1, "b".into()))).oversold, 1);
        assert_eq!(End::after(|end| end.told.push("a".into())).doubled, 1);
        assert_eq!(End::after(|end| end.decisions.push(end.decisions[1].clone())).doubled, 1);
        assert_eq!(End::after(|end| drop(end.told.pop())).lost, 1);
        assert_eq!(End::after(|end| drop(end.decisions.pop())).lost, 1);
        assert_eq!(End::after(|end| end.decisions[1].reservation = "d".into()).unexpected, 1);
    }
}
