//! Generations of connections: when a server turns out not to be the one to use, all that were
//! made until then are of no use.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of the generation that is in use.
#[derive(Debug, Default)]
pub(crate) struct Generation(AtomicU64);

impl Generation {
    pub(crate) fn current(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends `generation`, once, however many of its connections find out.
    pub(crate) fn end(&self, generation: u64) {
        let _ = self.0.compare_exchange(generation, generation + 1, Ordering::Relaxed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_ends_once() {
        let generation = Generation::default();
        generation.end(0);
        generation.end(0);
        assert_eq!(generation.current(), 1);
    }
}
