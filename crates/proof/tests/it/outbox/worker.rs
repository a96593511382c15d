//! A worker that relays what its own jobs publish.

use acquit::{Body, Committed, Fail, Worker};
use anyhow::Result;
use mysql::{MySql, Tx};
use outbound::Outgoing;
use shared::queue::name_in;
use tokio_util::sync::CancellationToken;

use super::{database, nothing_waits};
use crate::support::{eventually, in_test_env};

/// Jobs know where to publish by what they are sent: a queue's name, and a number.
async fn publish(Body(text): Body, mut tx: Tx) -> Result<Committed, Fail> {
    let (queue, number) = text.split_once(' ').ok_or_else(|| Fail::reject("malformed", "no number"))?;
    tx.publish_raw(queue, Outgoing::new(format!("outcome-{number}"), number)).await?;
    tx.commit().await
}

fn worker(mysql: &MySql, queue: &str, stop: &CancellationToken) -> Worker<MySql> {
    Worker::new().state(mysql.clone()).queue(queue, publish).relay(mysql).stop_on(stop.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_relays_what_its_jobs_publish() -> Result<()> {
    in_test_env(async |env| {
        let (mysql, stop) = (database(env).await?, CancellationToken::new());
        let running = tokio::spawn(worker(&mysql, &env.queue_url, &stop).try_run());
        for number in 0..30 {
            let (queue, id) = (name_in(&env.dead_letter_url), format!("wanted-{number}"));
            env.send(&format!("{queue} {number}"), Some(&id)).await?;
        }
        eventually("thirty outcomes", async || Ok(env.depth(&env.dead_letter_url).await? == 30)).await?;
        nothing_waits(env).await?;
        assert!(!running.is_finished());
        stop.cancel();
        assert_eq!(running.await??, 0);
        let mut outcomes: Vec<u32> =
            env.take_dead_letters().await?.into_iter().filter_map(|m| m.body?.parse().ok()).collect();
        outcomes.sort_unstable();
        assert!(outcomes.into_iter().eq(0..30));
        Ok(())
    })
    .await
}
