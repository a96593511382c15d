//! One call on its way, and how it came back.

use std::sync::Arc;
use std::time::Duration;

use shared::backoff::Backoff;
use shared::error::ServiceError;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::batch::{Answer, Batch};
use crate::send_port::SendPort;

/// Between one call and its repetition.
pub const BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), most: Duration::from_secs(10) };

/// A batch that is to be sent.
#[derive(Debug)]
pub struct InFlight {
    /// What is sent.
    pub batch: Batch,
    /// How often some of it failed before, in a row.
    pub failures: u32,
}

/// A flight that came back.
#[derive(Debug)]
pub struct Answered {
    /// What was sent.
    pub flight: InFlight,
    /// Whether it was sent after the stop: there is no further try.
    pub last: bool,
    /// What SQS said.
    pub answer: Result<Answer, ServiceError>,
}

impl InFlight {
    /// Waits out the backoff, which a stop cuts short, and makes the call, which it does not.
    pub async fn fly<O: SendPort>(self, outlet: Arc<O>, stop: CancellationToken) -> Answered {
        if self.failures > 0 {
            stop.run_until_cancelled(sleep(BACKOFF.delay(self.failures))).await;
        }
        let last = stop.is_cancelled();
        let answer = outlet.send(&self.batch).await;
        Answered { flight: self, last, answer }
    }
}
