//! Messages on their way to a queue: in batches that SQS takes, at a pace, each with its answer.

use std::time::Duration;

use shared::backoff::Backoff;
use shared::error::{ErrorKind, ServiceError};
use shared::limits::MAX_BYTES;
use sqs::dead_letter::outgoing::OutgoingMessage;
use sqs::dead_letter::port::{DeadLetterQueue, Sent};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

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
pub(super) async fn send<Q: DeadLetterQueue>(
    to: &Q,
    messages: &[OutgoingMessage],
) -> Result<Vec<Sent>, ServiceError> {
    let mut answers = together(to, messages).await?;
    for failures in 1..TRIES {
        let again = matching(&answers, |_, answer| matches!(answer, Sent::Failed(_)));
        if again.is_empty() {
            break;
        }
        sleep(BACKOFF.delay(failures)).await;
        repeat(to, again, &mut answers, |n| messages[n].clone()).await;
    }
    let is_fifo = to.is_fifo();
    let has_system =
        matching(&answers, |n, answer| matches!(answer, Sent::Refused(_)) && messages[n].has_system(is_fifo));
    repeat(to, has_system, &mut answers, |n| messages[n].without_system(is_fifo)).await;
    Ok(answers)
}

fn matching(answers: &[Sent], is_meant: impl Fn(usize, &Sent) -> bool) -> Vec<usize> {
    (0..answers.len()).filter(|n| is_meant(*n, &answers[*n])).collect()
}

/// Those at these positions once more. Where SQS does not answer, their answers stay as they are.
async fn repeat<Q: DeadLetterQueue>(
    to: &Q,
    positions: Vec<usize>,
    answers: &mut [Sent],
    message: impl Fn(usize) -> OutgoingMessage,
) {
    let messages: Vec<_> = positions.iter().map(|n| message(*n)).collect();
    if messages.is_empty() {
        return;
    }
    let again = together(to, &messages).await.unwrap_or_default();
    for (n, answer) in positions.into_iter().zip(again) {
        answers[n] = answer;
    }
}

/// In one call; where that is refused as a whole, such as for the size of it, each by itself.
async fn together<Q: DeadLetterQueue>(
    to: &Q,
    messages: &[OutgoingMessage],
) -> Result<Vec<Sent>, ServiceError> {
    match to.send(messages).await {
        Err(fault) if fault.kind == ErrorKind::Refused => Ok(singly(to, messages, &fault).await),
        answers => answers,
    }
}

async fn singly<Q: DeadLetterQueue>(to: &Q, messages: &[OutgoingMessage], fault: &ServiceError) -> Vec<Sent> {
    if messages.len() == 1 {
        return vec![Sent::Refused(fault.to_string())];
    }
    let mut answers = vec![Sent::Failed(fault.to_string()); messages.len()];
    for (answer, message) in answers.iter_mut().zip(messages) {
        match to.send(std::slice::from_ref(message)).await {
            Ok(sent) => *answer = sent.into_iter().next().unwrap_or_else(|| answer.clone()),
            Err(fault) if fault.kind == ErrorKind::Refused => *answer = Sent::Refused(fault.to_string()),
            // The others would not be heard, either.
            Err(_) => break,
        }
    }
    answers
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
        usize::try_from(self.per_second).unwrap_or(usize::MAX).min(shared::limits::MAX_BATCH)
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
    use crate::dlq::fake::FakeLetters;

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

    fn outgoing(body: &str, group: Option<&str>) -> OutgoingMessage {
        OutgoingMessage { body: body.into(), group: group.map(str::to_owned), ..OutgoingMessage::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_as_a_whole_goes_one_by_one() {
        let to = FakeLetters::default();
        to.take_bytes(5);
        let messages = ["abcd", "abcdef", "xyz"].map(|body| outgoing(body, None));
        let answers = send(&to, &messages).await.unwrap();
        assert!(matches!(answers[..], [Sent::Done, Sent::Refused(_), Sent::Done]), "{answers:?}");
        assert_eq!(to.sent(), ["abcd", "xyz"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_for_its_group_goes_without() {
        let to = FakeLetters::default();
        to.refuse_groups();
        let answers = send(&to, &[outgoing("a", Some("tenant")), outgoing("b", None)]).await.unwrap();
        assert_eq!((answers, to.sent()), (vec![Sent::Done; 2], vec!["b".to_owned(), "a".to_owned()]));
    }

    #[tokio::test(start_paused = true)]
    async fn on_a_fifo_queue_nothing_goes_without_its_group() {
        let to = FakeLetters::default();
        to.keep_order();
        to.refuse_groups();
        let answers = send(&to, &[outgoing("a", Some("tenant"))]).await.unwrap();
        assert!(matches!(answers[..], [Sent::Refused(_)]) && to.sent().is_empty(), "{answers:?}");
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
