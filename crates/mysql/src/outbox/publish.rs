//! Publishing: a message becomes a row of `outbox` in the transaction that is under way.

use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use outbound::{Flaw, Outgoing, Wire, in_context};
use shared::queue::{BadQueue, QueueRef, is_fifo};

use super::attributes;
use crate::schema::outbox;

/// Characters of `outbox.queue`.
const MAX_QUEUE: usize = 512;

/// A message was not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// SQS would not take it.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// There can be no such queue.
    #[error(transparent)]
    Queue(#[from] BadQueue),
    /// The database failed or refused.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
}

/// A row, as it is written.
#[derive(Insertable)]
#[diesel(table_name = outbox)]
struct NewRow<'a> {
    id: &'a str,
    queue: &'a str,
    body: &'a str,
    attributes: Option<String>,
    delay_seconds: u16,
    group_id: Option<&'a str>,
}

/// Has `message` sent to `queue`, a name or a URL, if and only if the transaction that is under way on
/// `connection` commits. Outside of a transaction it is sent in any case.
///
/// After the commit, [`wake`](super::wake) spares a relay of this process the wait for its next look.
///
/// # Errors
/// Where SQS would refuse the message, there can be no such queue, and where the database fails.
///
/// # Cancel safety
/// As safe as a statement is on this connection.
pub async fn publish<C>(connection: &mut C, queue: &str, message: &impl Wire) -> Result<(), PublishError>
where
    C: AsyncConnection<Backend = Mysql>,
{
    let message = message.outgoing()?;
    publish_raw(connection, queue, message).await
}

/// As [`publish`], of a message that was put together by hand.
///
/// # Errors
/// As [`publish`].
///
/// # Cancel safety
/// As [`publish`].
pub async fn publish_raw<C>(connection: &mut C, queue: &str, message: Outgoing) -> Result<(), PublishError>
where
    C: AsyncConnection<Backend = Mysql>,
{
    let message = checked(queue, message)?;
    let row = NewRow {
        id: &message.dedup_id,
        queue,
        body: &message.body,
        attributes: attributes::write(&message.attributes),
        delay_seconds: u16::try_from(message.delay.as_secs()).unwrap_or(u16::MAX),
        group_id: message.group.as_deref(),
    };
    diesel::insert_into(outbox::table).values(row).execute(connection).await?;
    Ok(())
}

/// The message as it can be sent, with the context that it is created in.
fn checked(queue: &str, message: Outgoing) -> Result<Outgoing, PublishError> {
    match QueueRef::of(queue) {
        QueueRef::Url(url) if !url.is_ascii() || url.len() > MAX_QUEUE => {
            return Err(BadQueue::Url(url).into());
        }
        named => named.check()?,
    }
    message.check(is_fifo(queue))?;
    Ok(in_context(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqs_would_refuse_is_refused_before_it_is_written() {
        let message = || Outgoing::new("order-1", "b");
        assert!(checked("orders", message()).is_ok());
        assert!(checked("https://sqs.eu-west-1.amazonaws.com/1/orders", message()).is_ok());
        assert!(matches!(checked("orders.fifo", message()), Err(PublishError::Flaw(Flaw::NoGroup))));
        let long = format!("https://{}/1/q", "h".repeat(MAX_QUEUE));
        for queue in ["", "ü", "a b", "https://ü/1/q", &long] {
            assert!(matches!(checked(queue, message()), Err(PublishError::Queue(_))), "{queue}");
        }
    }
}
