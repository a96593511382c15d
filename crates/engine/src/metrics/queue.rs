//! A queue whose calls are measured.

use std::time::Duration;

use shared::error::Fault;
use tokio::time::Instant;

use super::{Metered, Meters, Operation};
use crate::depth::Depth;
use crate::queue::{Entry, Moved, Queue};
use crate::verdict::Rejection;
use shared::message::{Message, Receipt, Received};

impl<Q: Queue> Queue for Metered<Q> {
    async fn receive(&self, most: usize) -> Result<Vec<Received>, Fault> {
        let began = Instant::now();
        let number = self.meters.polling.begin();
        let answer = self.inner.receive(most).await;
        self.meters.polling.end(number, answer.as_deref());
        if let Ok(received) = &answer {
            self.meters.answers.observe(received.len() as u64);
        }
        self.meters.ended(Operation::Receive, began, answer.as_ref().err());
        answer
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<Entry>, Fault> {
        self.measure(Operation::Delete, self.inner.delete(receipts)).await
    }

    async fn change_visibility(&self, receipts: &[(Receipt, Duration)]) -> Result<Vec<Entry>, Fault> {
        self.measure(Operation::ChangeVisibility, self.inner.change_visibility(receipts)).await
    }

    async fn dead_letter(&self, message: &Message, rejection: &Rejection) -> Result<Moved, Fault> {
        self.measure(Operation::Send, self.inner.dead_letter(message, rejection)).await
    }

    async fn refresh(&self) -> Result<(), Fault> {
        self.measure(Operation::GetAttributes, self.inner.refresh()).await
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

    async fn depth(&self) -> Result<Option<Depth>, Fault> {
        let began = Instant::now();
        let answer = self.inner.depth().await;
        // A queue that cannot say was not asked.
        if !matches!(answer, Ok(None)) {
            self.meters.requests[Operation::GetAttributes as usize].add(1);
            self.meters.ended(Operation::GetAttributes, began, answer.as_ref().err());
        }
        answer
    }
}

impl<Q: Queue> Metered<Q> {
    async fn measure<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let began = Instant::now();
        self.meters.requests[operation as usize].add(1);
        let answer = call.await;
        self.meters.ended(operation, began, answer.as_ref().err());
        answer
    }
}

impl Meters {
    fn ended(&self, operation: Operation, began: Instant, fault: Option<&Fault>) {
        let how = fault.map_or(0, |fault| 1 + fault.kind as usize);
        self.calls[operation as usize][how].observe_time(began.elapsed());
    }
}
