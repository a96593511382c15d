//! An outlet whose calls are traced; the messages of a call carry the context of its span.

use otel::operation::{Operation, Tracer};
use shared::error::ServiceError;

use crate::batch::{Answer, Batch};
use crate::send_port::SendPort;

/// An outlet within spans, if anything is traced.
#[derive(Debug)]
pub struct Traced<O> {
    inner: O,
    tracer: Option<Tracer>,
}

impl<O: SendPort> Traced<O> {
    /// Traces what `inner`, whose name is its URL, sends.
    pub fn new(inner: O) -> Self {
        let tracer = Tracer::at(inner.name());
        Self { inner, tracer }
    }
}

impl<O: SendPort> SendPort for Traced<O> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn send(&self, batch: &Batch) -> Result<Answer, ServiceError> {
        let Some(tracer) = &self.tracer else { return self.inner.send(batch).await };
        let span = tracer.draft(Operation::Send).batch(batch.greetings().len()).begin();
        let answer = span.around(self.inner.send(batch)).await;
        span.end(error(&answer));
        answer
    }
}

fn error(answer: &Result<Answer, ServiceError>) -> Option<&'static str> {
    match answer {
        Ok(answer) if answer.failed.is_empty() => None,
        Ok(_) => Some("failed"),
        Err(fault) => Some(fault.kind.word()),
    }
}

#[cfg(test)]
mod tests {
    use shared::error::ErrorKind;

    use super::*;
    use crate::batch::Failure;

    #[test]
    fn a_call_that_failed_for_one_entry_is_marked() {
        let failure = Failure { position: 0, reason: "Code".into(), sender_fault: false };
        let fault = ServiceError::of(ErrorKind::Denied, "SendMessageBatch", "no");
        assert_eq!(error(&Ok(Answer::default())), None);
        assert_eq!(error(&Ok(Answer { taken: vec![1], failed: vec![failure] })), Some("failed"));
        assert_eq!(error(&Err(fault)), Some("denied"));
    }
}
