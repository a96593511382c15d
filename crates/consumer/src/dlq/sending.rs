//! Messages on their way to a queue: in batches that SQS takes, at a pace, each with its answer.

use std::time::Duration;

use shared::backoff::Backoff;
use shared::fault::Fault;
use shared::sqs::MAX_BYTES;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::letter::Outgoing;
use crate::queue::{Letters, Sent};

/// Of one batch, beside those that the SDK makes of each call.
const TRIES: u32 = 3;
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), most: Duration::from_secs(2) };

/// Splits into batches of up to `most` entries and 1 MiB, in their order.
pub(super) fn batches<T>(items: Vec<T>, most: usize, bytes: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    let mut room = 0;
    for item in items {
        let size = bytes(&item);
        match batches.last_mut() {
            Some(batch) if batch.len() < most && size <= room => batch.push(item),
            _ => {
                batches.push(vec![item]);
                room = MAX_BYTES;
            }
        }
        room = room.saturating_sub(size);
    }
    batches
}

/// Sends a batch, and repeats what failed of it. The answers are by position.
///
/// # Errors
/// Where SQS does not answer; messages may be on the queue all the same.
pub(super) async fn send<Q: Letters>(to: &Q, messages: &[Outgoing]) -> Result<Vec<Sent>, Fault> {
    let mut answers = to.send(messages).await?;
    for failures in 1..TRIES {
        let failed = |answers: &[Sent]| -> Vec<usize> {
            (0..answers.len()).filter(|n| matches!(answers[*n], Sent::Failed(_))).collect()
        };
        let again = failed(&answers);
        if again.is_empty() {
            break;
        }
        sleep(BACKOFF.delay(failures)).await;
        let messages: Vec<_> = again.iter().map(|n| messages[*n].clone()).collect();
        for (n, answer) in again.into_iter().zip(to.send(&messages).await?) {
            answers[n] = answer;
        }
    }
    Ok(answers)
}

/// Lets through so many messages a second.
#[derive(Debug)]
pub(super) struct Pace {
    per_second: u32,
    next: Instant,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        Self { per_second, next: Instant::now() }
    }

    /// The most that may go at once.
    pub(super) fn burst(&self) -> usize {
        usize::try_from(self.per_second).unwrap_or(usize::MAX).min(shared::sqs::MAX_BATCH)
    }

    /// Waits until `count` messages may go. Returns false if `stop` came first.
    pub(super) async fn wait(&mut self, count: usize, stop: &CancellationToken) -> bool {
        if stop.run_until_cancelled(sleep_until(self.next)).await.is_none() || stop.is_cancelled() {
            return false;
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.next = Instant::now() + Duration::from_secs(1) * count / self.per_second;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_limited_in_entries_and_bytes() {
        let sizes = |items: &[usize], most| batches(items.to_vec(), most, |size| *size);
        assert_eq!(sizes(&[1; 25], 10).iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
        assert_eq!(
            sizes(&[MAX_BYTES, 1, MAX_BYTES - 1, 1], 10),
            [vec![MAX_BYTES], vec![1, MAX_BYTES - 1], vec![1]]
        );
        assert!(sizes(&[], 10).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn messages_go_at_their_pace_and_a_stop_ends_the_wait() {
        let (stop, began) = (CancellationToken::new(), Instant::now());
        let mut pace = Pace::new(20);
        for _ in 0..5 {
            assert!(pace.wait(10, &stop).await);
        }
        assert_eq!(began.elapsed(), Duration::from_secs(2));
        stop.cancel();
        assert!(!pace.wait(10, &stop).await);
        assert_eq!((Pace::new(1).burst(), Pace::new(500).burst()), (1, 10));
    }
}
