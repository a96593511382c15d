//! What the sender of a message waits for.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::error::SendError;

/// Ends when SQS has confirmed the message. Dropped, the message is sent all the same.
#[derive(Debug)]
#[must_use = "the message counts as sent only when this has ended well"]
pub struct Confirmation(pub(super) oneshot::Receiver<Result<(), SendError>>);

impl Future for Confirmation {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = std::task::ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(answer.unwrap_or_else(|_| Err(SendError::Unknown("the producer has ended".to_owned()))))
    }
}
