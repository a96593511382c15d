//! A queue whose calls are traced.

use std::time::{Duration, SystemTime};

use otel::operation::{Operation, Tracer};
use shared::error::ServiceError;
use shared::message::{Message, Receipt, Received};

use super::{Traced, origin};
use crate::depth::Depth;
use crate::queue::{EntryResult, Moved, Queue};
use crate::verdict::Rejection;

impl<Q: Queue> Queue for Traced<Q> {
    async fn receive(&self, most: usize) -> Result<Vec<Received>, ServiceError> {
        let Some(tracer) = &self.tracer else { return self.inner.receive(most).await };
        let began = SystemTime::now();
        let answer = self.inner.receive(most).await;
        received(tracer, began, &answer);
        answer
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<EntryResult>, ServiceError> {
        let Some(tracer) = &self.tracer else { return self.inner.delete(receipts).await };
        let span = tracer.draft(Operation::Delete).batch(receipts.len()).begin();
        let answer = span.around(self.inner.delete(receipts)).await;
        span.end(error(&answer));
        answer
    }

    async fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> Result<Vec<EntryResult>, ServiceError> {
        let Some(tracer) = &self.tracer else { return self.inner.change_visibility(receipts).await };
        let span = tracer.draft(Operation::ChangeVisibility).batch(receipts.len()).begin();
        let answer = span.around(self.inner.change_visibility(receipts)).await;
        span.end(error(&answer));
        answer
    }

    /// The letter keeps the context of its message, so the span is not where it was created.
    async fn dead_letter(&self, message: &Message, rejection: &Rejection) -> Result<Moved, ServiceError> {
        let to = self.inner.dead_letter_name().unwrap_or_default();
        let Some(tracer) = self.tracer.as_ref().and_then(|_| Tracer::of(&to, self.inner.server())) else {
            return self.inner.dead_letter(message, rejection).await;
        };
        let mut draft = tracer.draft(Operation::SendOn).single(&message.message_id);
        if let Some(origin) = origin(message) {
            draft = draft.link(origin.clone(), &message.message_id).child_of(origin);
        }
        let span = draft.begin();
        let answer = span.around(self.inner.dead_letter(message, rejection)).await;
        span.end(answer.as_ref().err().map(|fault| fault.kind.word()));
        answer
    }

    async fn refresh(&self) -> Result<(), ServiceError> {
        self.inner.refresh().await
    }

    fn is_fifo(&self) -> bool {
        self.inner.is_fifo()
    }

    fn max_receive_count(&self) -> Option<u32> {
        self.inner.max_receive_count()
    }

    fn name(&self) -> Option<&str> {
        self.inner.name()
    }

    fn server(&self) -> Option<&str> {
        self.inner.server()
    }

    fn dead_letter_name(&self) -> Option<String> {
        self.inner.dead_letter_name()
    }

    async fn depth(&self) -> Result<Option<Depth>, ServiceError> {
        self.inner.depth().await
    }
}

/// Told afterwards: only then one knows whose messages came. A poll that brought none is no news.
fn received(tracer: &Tracer, began: SystemTime, answer: &Result<Vec<Received>, ServiceError>) {
    let messages = answer.as_deref().unwrap_or_default();
    if answer.is_ok() && messages.is_empty() {
        return;
    }
    let mut draft = tracer.draft(Operation::Receive).batch(messages.len()).since(began);
    for Received { message, .. } in messages {
        if let Some(origin) = origin(message) {
            draft = draft.link(origin, &message.message_id);
        }
    }
    draft.begin().end(answer.as_ref().err().map(|fault| fault.kind.word()));
}

fn error(answer: &Result<Vec<EntryResult>, ServiceError>) -> Option<&'static str> {
    match answer {
        Ok(entries) if entries.contains(&EntryResult::Failed) => Some("failed"),
        Ok(entries) if entries.contains(&EntryResult::Stale) => Some("gone"),
        Ok(_) => None,
        Err(fault) => Some(fault.kind.word()),
    }
}

#[cfg(test)]
mod tests {
    use shared::error::ErrorKind;

    use super::*;

    #[test]
    fn a_call_that_failed_for_one_entry_is_marked() {
        let fault = ServiceError::of(ErrorKind::Unavailable, "DeleteMessageBatch", "no");
        assert_eq!(error(&Ok(vec![EntryResult::Ok])), None);
        assert_eq!(error(&Ok(vec![EntryResult::Stale, EntryResult::Failed])), Some("failed"));
        assert_eq!(error(&Ok(vec![EntryResult::Ok, EntryResult::Stale])), Some("gone"));
        assert_eq!(error(&Err(fault)), Some("away"));
    }
}
