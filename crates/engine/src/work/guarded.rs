//! A handler whose panics go no further, whatever it is asked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::call::caught;
use crate::delivery::Delivery;
use crate::handler::{Backend, Handler, Sequence};
use crate::verdict::{Unavailable, Verdict, Witness};

/// Answers for a handler that panics. What that means for messages is the worker's business, so
/// [`handle`](Handler::handle) is passed on as it is.
#[derive(Debug)]
pub(crate) struct Guarded<H>(Arc<H>);

impl<H: Handler> Guarded<H> {
    /// Guards what `handler` does.
    pub(crate) fn new(handler: Arc<H>) -> Arc<Self> {
        Arc::new(Self(handler))
    }
}

impl<H: Handler> Handler for Guarded<H> {
    fn handle(&self, batch: &[Delivery]) -> impl Future<Output = Vec<Verdict>> + Send {
        self.0.handle(batch)
    }

    fn sequence(&self) -> Sequence {
        self.0.sequence()
    }

    async fn look(&self) -> Result<(), Unavailable> {
        caught(self.0.look()).await.unwrap_or_else(|_| Err(panicked()))
    }

    async fn witness(&self) -> Witness {
        caught(self.0.witness()).await.unwrap_or_else(|_| Witness::Refused(panicked()))
    }

    async fn accept(&self) {
        caught(self.0.accept()).await.ok();
    }

    fn backend(&self) -> Option<Backend> {
        catch_unwind(AssertUnwindSafe(|| self.0.backend())).ok().flatten()
    }
}

fn panicked() -> Unavailable {
    Unavailable::passing("the handler panicked when it was asked whether work works")
}
