//! One call on its way, and how it came back.

use std::sync::Arc;
use std::time::Duration;

use shared::backoff::Backoff;
use shared::error::ServiceError;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::submitted::{Claim, Submitted};
use crate::outgoing::Outgoing;
use crate::port::{Entry, SendPort};
use crate::trace;

/// Between one call and its repetition.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), most: Duration::from_secs(10) };

/// Messages that go in one call. A claim's position is its message's.
#[derive(Debug, Default)]
pub(super) struct Flight {
    pub(super) messages: Vec<Outgoing>,
    pub(super) claims: Vec<Claim>,
    /// How often some of it failed before, in a row.
    pub(super) failures: u32,
}

/// A flight that came back.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) flight: Flight,
    /// Whether there is no further try: it was sent after the producer was closed.
    pub(super) is_last: bool,
    pub(super) took: Duration,
    pub(super) answer: Result<Vec<Entry>, ServiceError>,
}

impl Flight {
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Waits out the backoff, which the closing cuts short, and makes the call, which it does not.
    pub(super) async fn fly(mut self, port: Arc<impl SendPort>, closing: CancellationToken) -> Landed {
        if self.failures > 0 {
            closing.run_until_cancelled(sleep(BACKOFF.delay(self.failures))).await;
        }
        let is_last = closing.is_cancelled();
        let began = Instant::now();
        let answer = trace::send(&*port, &mut self.messages).await;
        Landed { flight: self, is_last, took: began.elapsed(), answer }
    }
}

impl Extend<Submitted> for Flight {
    fn extend<T: IntoIterator<Item = Submitted>>(&mut self, more: T) {
        for Submitted { message, claim, .. } in more {
            self.messages.push(message);
            self.claims.push(claim);
        }
    }
}
