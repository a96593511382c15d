//! A delivery's place in its lane, for whose end those behind it wait.

use std::fmt::Debug;
use std::sync::Arc;

/// Where deliveries wait for those before them.
pub(crate) trait Order: Debug + Send + Sync {
    /// A delivery that had begun has left its lane.
    fn left(self: Arc<Self>, lane: &Arc<str>, how: Left);
}

/// How a delivery left its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// It took effect, or SQS said that it is deleted.
    Passed,
    /// It was released or lost: it may come again, before those that are behind it now.
    Gone,
}

/// The place of a delivery that has begun. Dropped, the delivery is gone.
#[derive(Debug)]
pub(crate) struct Place {
    order: Arc<dyn Order>,
    lane: Arc<str>,
    number: u64,
    /// Whether a delivery that failed waits here, with those behind it. Where it does not, one at a time
    /// is worked on, and that is all.
    pub(crate) keeps_order: bool,
    /// Nobody is told where it is `None`.
    how: Option<Left>,
}

impl Place {
    /// The place with this number.
    pub(crate) fn new(order: Arc<dyn Order>, lane: Arc<str>, number: u64, keeps_order: bool) -> Self {
        Self { order, lane, number, keeps_order, how: Some(Left::Gone) }
    }

    /// Whose lane it is.
    pub(crate) fn lane(&self) -> &Arc<str> {
        &self.lane
    }

    /// The next one may begin.
    pub(crate) fn pass(mut self) {
        self.how = Some(Left::Passed);
    }

    /// The delivery is back in its lane, at the same place.
    pub(crate) fn give_up(mut self) -> (Arc<str>, u64) {
        self.how = None;
        (self.lane.clone(), self.number)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(how) = self.how {
            self.order.clone().left(&self.lane, how);
        }
    }
}
