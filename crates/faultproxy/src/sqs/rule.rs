//! When which fault takes effect.

use std::sync::Mutex;

use fastrand::Rng;

use super::fault::{Fault, Stage};
use super::operation::Operation;

/// A fault, the calls that it may strike, and how often it does.
#[derive(Clone, Debug)]
pub struct Rule {
    operation: Option<Operation>,
    fault: Fault,
    times: Option<u64>,
    chance: f64,
}

/// Names a rule that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleId(u64);

/// The rules in force, in the order of their adding, and the dice.
#[derive(Debug)]
pub(super) struct RuleBook(Mutex<Book>);

#[derive(Debug)]
struct Book {
    rules: Vec<(RuleId, Rule)>,
    added: u64,
    rng: Rng,
}

impl Rule {
    /// Strikes each call of this operation.
    pub fn on(operation: Operation, fault: Fault) -> Self {
        Self { operation: Some(operation), fault, times: None, chance: 1.0 }
    }

    /// Strikes each call.
    pub fn on_all(fault: Fault) -> Self {
        Self { operation: None, fault, times: None, chance: 1.0 }
    }

    /// Ends after it took effect so many times.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Strikes with this probability only, 0 to 1.
    #[must_use]
    pub fn chance(self, chance: f64) -> Self {
        Self { chance, ..self }
    }

    fn is_for(&self, operation: Operation, stage: Stage) -> bool {
        self.fault.stage() == stage && self.operation.is_none_or(|of_rule| of_rule == operation)
    }

    fn is_spent(&self) -> bool {
        self.times == Some(0)
    }
}

impl RuleBook {
    /// No rules yet. The same calls in the same order meet the same faults under the same seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(Book { rules: Vec::new(), added: 0, rng: Rng::with_seed(seed) }))
    }

    pub(super) fn add(&self, rule: Rule) -> RuleId {
        self.with(|book| {
            book.added += 1;
            let id = RuleId(book.added);
            book.rules.push((id, rule));
            id
        })
    }

    pub(super) fn remove(&self, id: RuleId) {
        self.with(|book| book.rules.retain(|(other, _)| *other != id));
    }

    pub(super) fn clear(&self) {
        self.with(|book| book.rules.clear());
    }

    /// Lets the rules for this moment of a call take effect. One whose `effect` is false had
    /// nothing to work on: it does not count.
    pub(super) fn strike(
        &self,
        operation: Operation,
        stage: Stage,
        mut effect: impl FnMut(&Fault, &mut Rng) -> bool,
    ) {
        self.with(|Book { rules, rng, .. }| {
            let due = rules.iter_mut().filter(|(_, rule)| rule.is_for(operation, stage) && !rule.is_spent());
            for (_, rule) in due {
                if rng.f64() < rule.chance && effect(&rule.fault, rng) {
                    rule.times = rule.times.map(|times| times - 1);
                }
            }
            rules.retain(|(_, rule)| !rule.is_spent());
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Book) -> T) -> T {
        work(&mut self.0.lock().expect("nobody panics while holding the rules"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Operation = Operation::SendMessage;

    fn strikes(book: &RuleBook, operation: Operation, effective: bool) -> usize {
        let mut strikes = 0;
        book.strike(operation, Stage::Arrival, |_, _| {
            strikes += 1;
            effective
        });
        strikes
    }

    #[test]
    fn a_rule_ends_after_its_last_effect() {
        let book = RuleBook::new(0);
        book.add(Rule::on(CALL, Fault::Throttle).times(1));
        assert_eq!(strikes(&book, CALL, false), 1);
        assert_eq!(strikes(&book, CALL, true), 1);
        assert_eq!(strikes(&book, CALL, true), 0);
    }

    #[test]
    fn a_rule_strikes_its_operation_at_its_stage() {
        let book = RuleBook::new(0);
        let id = book.add(Rule::on(CALL, Fault::Throttle));
        book.add(Rule::on_all(Fault::Denied));
        book.add(Rule::on_all(Fault::LoseAnswer));
        assert_eq!(strikes(&book, CALL, true), 2);
        assert_eq!(strikes(&book, Operation::Other, true), 1);
        book.remove(id);
        assert_eq!(strikes(&book, CALL, true), 1);
        book.clear();
        assert_eq!(strikes(&book, CALL, true), 0);
    }

    #[test]
    fn the_same_seed_makes_the_same_choices() {
        let choices = |seed| {
            let book = RuleBook::new(seed);
            book.add(Rule::on_all(Fault::Throttle).chance(0.5));
            (0..64).map(|_| strikes(&book, CALL, true)).collect::<Vec<_>>()
        };
        assert_eq!(choices(7), choices(7));
        assert_ne!(choices(7), choices(8));
        assert!((16..48).contains(&choices(7).iter().sum::<usize>()));
    }
}
