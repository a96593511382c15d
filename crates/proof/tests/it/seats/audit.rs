//! What was wanted against what came of it: every reservation once, every seat once.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;
use proof::seats::Reservation;
use shared::message::DedupId;

use super::Hall;

/// What is there in the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Audit {
    /// Reservation, seat, and whether it was sold, in the order in which they took effect.
    effects: Vec<(String, u32, bool)>,
    /// Who has which seat.
    seats: BTreeMap<u32, Option<String>>,
    /// Dedup ids of marks.
    marks: BTreeSet<[u8; 16]>,
}

impl Audit {
    pub(super) async fn take(hall: &Hall) -> Result<Self> {
        let mut database = hall.spare.connect().await?;
        let effects = "SELECT reservation, seat, is_sold FROM effects ORDER BY number";
        let effects = database.query(effects).await?;
        let seats: Vec<_> = database.query("SELECT seat, reservation FROM seats").await?;
        let marks: Vec<Vec<u8>> = database.query("SELECT id FROM inbox WHERE job = 'reserve'").await?;
        let marks = marks.into_iter().map(|id| id.try_into().ok().context("an id is not 16 bytes long"));
        Ok(Self { effects, seats: seats.into_iter().collect(), marks: marks.collect::<Result<_>>()? })
    }

    /// Whatever is not as it must be where all of these, and nothing else, took effect once.
    pub(super) fn violations(&self, wanted: &[Reservation]) -> Vec<String> {
        let mut violations: Vec<_> = wanted.iter().filter_map(|wanted| self.not_once(wanted)).collect();
        violations.extend(
            self.seats.iter().filter_map(|(seat, holder)| self.not_sold_once(*seat, holder.as_deref())),
        );
        if self.effects.len() != wanted.len() {
            violations.push(format!("{} effects of {} reservations", self.effects.len(), wanted.len()));
        }
        let ids: BTreeSet<_> =
            wanted.iter().map(|wanted| *DedupId::of(&wanted.reservation).as_bytes()).collect();
        if self.marks != ids {
            let done = self.marks.intersection(&ids).count();
            violations.push(format!("{} marks, {done} of {} reservations", self.marks.len(), ids.len()));
        }
        violations
    }

    fn not_once(&self, wanted: &Reservation) -> Option<String> {
        let effects = self.effects.iter().filter(|(reservation, ..)| *reservation == wanted.reservation);
        let times = effects.count();
        (times != 1).then(|| format!("{wanted:?} took effect {times} times"))
    }

    /// Every seat is wanted by somebody.
    fn not_sold_once(&self, seat: u32, holder: Option<&str>) -> Option<String> {
        let sold = self.effects.iter().filter(|(_, of, is_sold)| *of == seat && *is_sold);
        let buyers: Vec<_> = sold.map(|(reservation, ..)| reservation).collect();
        (buyers.len() != 1 || holder != Some(buyers[0].as_str()))
            .then(|| format!("seat {seat} is {holder:?}'s, and was sold to {buyers:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two who want one seat, and one who wants another.
    fn sold() -> (Audit, Vec<Reservation>) {
        let wanted = [1, 1, 2].map(Reservation::of).to_vec();
        let mut audit = Audit::default();
        for wanted in &wanted {
            let seat = audit.seats.entry(wanted.seat).or_default();
            let is_sold = seat.is_none();
            seat.get_or_insert(wanted.reservation.clone());
            audit.effects.push((wanted.reservation.clone(), wanted.seat, is_sold));
            audit.marks.insert(*DedupId::of(&wanted.reservation).as_bytes());
        }
        (audit, wanted)
    }

    #[test]
    fn a_double_a_gap_and_a_seat_sold_twice_are_seen() {
        let (audit, wanted) = sold();
        assert_eq!(audit.violations(&wanted), Vec::<String>::new());
        let broken: [fn(&mut Audit); 5] = [
            |audit| audit.effects.push(audit.effects[1].clone()),
            |audit| drop(audit.effects.pop()),
            |audit| audit.effects[1].2 = true,
            |audit| audit.marks.clear(),
            |audit| drop(audit.seats.insert(2, None)),
        ];
        for breaks in broken {
            let mut audit = audit.clone();
            breaks(&mut audit);
            assert!(!audit.violations(&wanted).is_empty(), "{audit:?}");
        }
    }
}
