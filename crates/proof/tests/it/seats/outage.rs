//! While the writer takes no writes, no message pays: none is received anew, none is a dead letter.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::QueueAttributeName;
use mysql_async::prelude::Queryable;
use proof::seats::{Reservation, send};
use proof::spare::Spare;
use tokio::time::sleep;

use super::Hall;
use super::audit::Audit;
use crate::support::eventually;

const MESSAGES: u32 = 600;
/// Longer than a message stays invisible if nobody holds on to it.
const OUTAGE: Duration = Duration::from_secs(8);

/// As on the old writer after a failover.
async fn read_only(spare: &Spare) -> Result<()> {
    let mut admin = spare.connect().await?;
    admin.query_drop("SET GLOBAL read_only = 1").await?;
    let users = "SELECT id FROM information_schema.processlist WHERE user = 'narrow'";
    for id in admin.query::<u64, _>(users).await? {
        // It may have ended by itself.
        admin.query_drop(format!("KILL {id}")).await.ok();
    }
    Ok(())
}

async fn held(hall: &Hall) -> Result<usize> {
    let held = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
    let ask = hall.env.sqs.get_queue_attributes().queue_url(&hall.env.queue_url);
    let answer = ask.attribute_names(held.clone()).send().await?.attributes.unwrap_or_default();
    Ok(answer.get(&held).context("SQS does not say")?.parse()?)
}

#[tokio::test]
async fn a_writer_that_becomes_read_only_under_full_load_costs_no_receive() -> Result<()> {
    let Some(hall) = Hall::open(MESSAGES, 3).await? else { return Ok(()) };
    let wanted: Vec<_> = (1..=MESSAGES).map(Reservation::of).collect();
    for ten in wanted.chunks(10) {
        let messages = ten.iter().map(Reservation::message).collect::<Result<Vec<_>>>()?;
        send(&hall.env.sqs, &hall.env.queue_url, &messages).await?;
    }
    let mut workers = hall.workers(1)?;
    eventually("the first effects", async || Ok(hall.effects().await? > 20)).await?;
    read_only(&hall.spare).await?;
    let before = hall.effects().await?;
    sleep(OUTAGE).await;
    ensure!(before < wanted.len(), "all was done before the outage");
    assert_eq!(hall.effects().await?, before, "rows were written to a read-only server");
    ensure!(held(&hall).await? > 0, "nothing was held through the outage");
    hall.spare.connect().await?.query_drop("SET GLOBAL read_only = 0").await?;

    eventually("an empty queue", async || Ok(hall.env.left().await? == 0)).await?;
    workers.stop().await?;
    let audit = Audit::take(&hall).await?;
    assert_eq!(audit.violations(&wanted), Vec::<String>::new());
    let again: Vec<(String, u32)> = hall
        .spare
        .connect()
        .await?
        .query("SELECT reservation, receives FROM effects WHERE receives <> 1")
        .await?;
    assert_eq!(again, [], "received more than once");
    assert!(hall.env.take_dead_letters().await?.is_empty());
    hall.env.remove().await
}
