//! A queue whose calls are measured.

use std::time::Duration;

use shared::error::ServiceError;
use shared::message::{Message, Receipt, Received};
use tokio::time::Instant;

use super::{Metered, Metrics, Operation};
use crate::depth::Depth;
use crate::queue::{EntryResult, Moved, Queue};
use crate::verdict::Rejection;

impl<Q: Queue> Queue for Metered<Q> {
    async fn receive(&self, most: usize) -> Result<Vec<Received>, ServiceError> {
        let began = Instant::now();
        let number = self.metrics.polling.begin();
        let answer = self.inner.receive(most).await;
        self.metrics.polling.end(number, answer.as_deref());
        if let Ok(received) = &answer {
            self.metrics.answers.observe(received.len() as u64);
        }
        self.metrics.ended(Operation::Receive, began, answer.as_ref().err());
        answer
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<EntryResult>, ServiceError> {
        self.measure(Operation::Delete, self.inner.delete(receipts)).await
    }

    async fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> Result<Vec<EntryResult>, ServiceError> {
        self.measure(Operation::ChangeVisibility, self.inner.change_visibility(receipts)).await
    }

    async fn dead_letter(&self, message: &Message, rejection: &Rejection) -> Result<Moved, ServiceError> {
        self.measure(Operation::Send, self.inner.dead_letter(message, rejection)).await
    }

    async fn refresh(&self) -> Result<(), ServiceError> {
        self.measure(Operation::GetAttributes, self.inner.refresh()).await
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
        let began = Instant::now();
        let answer = self.inner.depth().await;
        // A queue that cannot say was not asked.
        if !matches!(answer, Ok(None)) {
            self.metrics.requests[Operation::GetAttributes as usize].add(1);
            self.metrics.ended(Operation::GetAttributes, began, answer.as_ref().err());
        }
        answer
    }
}

impl<Q: Queue> Metered<Q> {
    async fn measure<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, ServiceError>>,
    ) -> Result<T, ServiceError> {
        let began = Instant::now();
        self.metrics.requests[operation as usize].add(1);
        let answer = call.await;
        self.metrics.ended(operation, began, answer.as_ref().err());
        answer
    }
}

impl Metrics {
    fn ended(&self, operation: Operation, began: Instant, fault: Option<&ServiceError>) {
        let how = fault.map_or(0, |fault| 1 + fault.kind as usize);
        self.calls[operation as usize][how].observe_time(began.elapsed());
    }
}
