//! A handler whose batches are traced: linked to where each message was created, and, where there
//! is only one message, on with its trace.

use otel::operation::{Operation, Tracer};
use otel::span::Span;

use super::{Traced, origin};
use crate::delivery::Delivery;
use crate::handler::{Backend, Handler, Sequence};
use crate::verdict::{Unavailable, Verdict, Witness};

impl<H: Handler> Handler for Traced<H> {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let Some(tracer) = &self.tracer else { return self.inner.handle(batch).await };
        let span = begin(tracer, batch);
        let verdicts = span.around(self.inner.handle(batch)).await;
        span.end(error(&verdicts).map(str::to_owned));
        verdicts
    }

    fn sequence(&self) -> Sequence {
        self.inner.sequence()
    }

    async fn look(&self) -> Result<(), Unavailable> {
        self.inner.look().await
    }

    async fn witness(&self) -> Witness {
        self.inner.witness().await
    }

    async fn accept(&self) {
        self.inner.accept().await;
    }

    fn backend(&self) -> Option<Backend> {
        self.inner.backend()
    }
}

fn begin(tracer: &Tracer, batch: &[Delivery]) -> Span {
    let mut draft = tracer.draft(Operation::Process).batch(batch.len());
    for Delivery { message, .. } in batch {
        if let Some(origin) = origin(message) {
            draft = draft.link(origin, &message.message_id);
        }
    }
    if let [Delivery { message, .. }] = batch {
        draft = draft.single(&message.message_id);
        if let Some(origin) = origin(message) {
            draft = draft.child_of(origin);
        }
    }
    draft.begin()
}

/// The first, where several messages failed.
fn error(verdicts: &[Verdict]) -> Option<&str> {
    verdicts.iter().find_map(|verdict| match verdict {
        Verdict::Retry(why, _) | Verdict::Reject(why) => Some(why.reason()),
        Verdict::Unavailable(_) => Some("away"),
        Verdict::Done | Verdict::Duplicate | Verdict::Filtered | Verdict::Behind => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Rejection;

    #[test]
    fn a_batch_of_which_one_message_failed_is_marked_with_the_reason() {
        let bad = || Rejection::new("data-error", "e");
        assert_eq!(error(&[Verdict::Done, Verdict::Duplicate]), None);
        assert_eq!(error(&[Verdict::Done, Verdict::Reject(bad())]), Some("data-error"));
        assert_eq!(error(&[Verdict::Retry(bad(), None)]), Some("data-error"));
        assert_eq!(error(&[Verdict::Unavailable(Unavailable::passing("e"))]), Some("away"));
    }
}
