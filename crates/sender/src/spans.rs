//! An outlet whose calls are traced; the messages of a call carry the context of its span.

use otel::operation::{Operation, Tracer};
use shared::error::Fault;

use crate::batch::{Answer, Batch};
use crate::outlet::Outlet;

/// An outlet within spans, if anything is traced.
#[derive(Debug)]
pub struct Traced<O> {
    inner: O,
    tracer: Option<Tracer>,
}

impl<O: Outlet> Traced<O> {
    /// Traces what `inner`, whose name is its URL, sends.
    pub fn new(inner: O) -> Self {
        let tracer = Tracer::at(inner.name());
        Self { inner, tracer }
    }
}

impl<O: Outlet> Outlet for Traced<O> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn send(&self, batch: &Batch) -> Result<Answer, Fault> {
        let Some(tracer) = &self.tracer else { return self.inner.send(batch).await };
        let span = tracer.draft(Operation::Send).batch(batch.greetings().len()).begin();
        let answer = span.around(self.inner.send(batch)).await;
        span.end(error(&answer));
        answer
    }
}

fn error(answer: &Result<Answer, Fault>) -> Option<&'static str> {
    match answer {
        Ok(answer) if answer.failed.is_empty() => None,
        Ok(_) => Some("failed"),
        Err(fault) => Some(fault.kind.word()),
    }
}

#[cfg(test)]
mod tests {
    use shared::error::Kind;

    use super::*;
    use crate::batch::Failure;

    #[test]
    fn a_call_that_failed_for_one_entry_is_marked() {
        let failure = Failure { position: 0, reason: "Code".into(), sender_fault: false };
        let fault = Fault::of(Kind::Denied, "SendMessageBatch", "no");
        assert_eq!(error(&Ok(Answer::default())), None);
        assert_eq!(error(&Ok(Answer { taken: vec![1], failed: vec![failure] })), Some("failed"));
        assert_eq!(error(&Err(fault)), Some("denied"));
    }
}
