//! Chance without luck: every card is dealt once before any is dealt twice.

use fastrand::Rng;

/// Cards, shuffled anew whenever all are dealt.
#[derive(Clone, Debug)]
pub(crate) struct ShuffleBag<T> {
    cards: Vec<T>,
    left: Vec<T>,
}

impl<T: Clone> ShuffleBag<T> {
    /// A deck of these.
    pub(crate) fn new(cards: impl IntoIterator<Item = T>) -> Self {
        Self { cards: cards.into_iter().collect(), left: Vec::new() }
    }

    /// The next one.
    pub(crate) fn deal(&mut self, rng: &mut Rng) -> T {
        if self.left.is_empty() {
            self.left.clone_from(&self.cards);
            rng.shuffle(&mut self.left);
        }
        self.left.pop().expect("a deck has cards")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_is_dealt_before_any_comes_again() {
        let (mut deck, mut rng) = (ShuffleBag::new(0..10), Rng::with_seed(1));
        for _ in 0..3 {
            let mut round: Vec<_> = (0..10).map(|_| deck.deal(&mut rng)).collect();
            round.sort_unstable();
            assert!(round.into_iter().eq(0..10));
        }
    }
}
