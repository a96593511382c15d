//! A relay that is frozen in the midst of its work: others take over what it holds.

use std::time::Duration;

use anyhow::Result;
use faultproxy::SqsProxy;
use faultproxy::sqs::{Fault, Operation, Rule};
use nix::sys::signal::Signal;
use outbound::Outgoing;
use shared::queue::name_in;
use tokio::time::{Instant, sleep};

use super::{MEANWHILE, database, publish_all, relay, relay_with, waiting};
use crate::support::{eventually, in_test_env};

/// What the server ends a silent relay's connection after, and some.
const PATIENCE: Duration = Duration::from_secs(40);

#[tokio::test]
async fn a_frozen_relay_holds_its_groups_no_longer_than_the_database_waits_for_it() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        let proxy = SqsProxy::start(&std::env::var("AWS_ENDPOINT_URL")?, 0)?;
        proxy.handle().add(Rule::on(Operation::SendMessageBatch, Fault::BlackHole));
        let endpoint = proxy.endpoint();
        let frozen = relay_with(env, &[("AWS_ENDPOINT_URL", &endpoint)])?;
        let message = |number: u32| Outgoing {
            group: Some(format!("g-{}", number % 4)),
            ..Outgoing::new(format!("m-{number}"), format!("message {number}"))
        };
        publish_all(&mysql, name_in(&env.queue_url), (0..40).map(message)).await?;
        eventually("a call", async || Ok(proxy.handle().counts().all_requests() > 0)).await?;
        frozen.signal(Signal::SIGSTOP)?;
        let (since, mut relay) = (Instant::now(), relay(env)?);
        sleep(MEANWHILE).await;
        assert_eq!(waiting(env).await?, 40, "a row was taken that another relay has");
        while waiting(env).await? > 0 {
            assert!(since.elapsed() < PATIENCE, "{} rows are still held", waiting(env).await?);
            sleep(Duration::from_millis(200)).await;
        }
        frozen.signal(Signal::SIGCONT)?;
        sleep(MEANWHILE).await;
        assert_eq!(relay.stop().await?, Some(0), "{}", relay.tail());
        assert_eq!(env.left().await?, 40);
        Ok(())
    })
    .await
}
