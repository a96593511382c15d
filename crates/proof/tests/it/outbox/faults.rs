//! What goes wrong on the way: it costs what it is about, is said, and passes by itself.

use anyhow::Result;
use faultproxy::SqsProxy;
use faultproxy::sqs::{Fault, Operation, Rule, Which};
use mysql_async::prelude::Queryable;
use outbound::Outgoing;
use shared::queue::name_in;

use super::{database, nothing_waits, numbered, publish, publish_all, relay, relay_with, waiting};
use crate::support::{eventually, in_test_env};

#[tokio::test]
async fn a_queue_that_is_missing_keeps_its_own_messages_and_no_others() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        let missing = format!("{}-missing", name_in(&env.queue_url));
        publish_all(&mysql, &missing, (0..30).map(|n| Outgoing::new(format!("x-{n}"), "b"))).await?;
        publish(env, &mysql, numbered(30)).await?;
        let mut relay = relay(env)?;
        eventually("the others", async || Ok(env.left().await? == 30)).await?;
        eventually("the rows of these", async || Ok(waiting(env).await? == 30)).await?;
        let log = relay.log()?;
        assert_eq!(log.matches("their queue fails").count(), 1, "{log}");
        assert!(log.contains("check that the queue is there"), "{log}");
        let url = env.sqs.create_queue().queue_name(&missing).send().await?.queue_url;
        nothing_waits(env).await?;
        let url = url.expect("it was created");
        assert_eq!(env.depth(&url).await?, 30);
        env.sqs.delete_queue().queue_url(url).send().await?;
        assert_eq!(relay.stop().await?, Some(0), "{}", relay.tail());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_that_sqs_refuses_holds_its_group_is_said_once_and_goes_once_it_is_mended() -> Result<()> {
    in_test_env(async |env| {
        let (mysql, queue) = (database(env).await?, name_in(&env.queue_url));
        let of = |group: &str, name: &str| Outgoing {
            group: Some(group.to_owned()),
            ..Outgoing::new(name, format!("message {name}"))
        };
        publish_all(&mysql, queue, [of("a", "1"), of("b", "2"), of("a", "3"), of("b", "4")]).await?;
        let mut database = env.connect().await?;
        database.query_drop("UPDATE outbox SET body = CONCAT('x', CHAR(1)) WHERE id = '1'").await?;
        let mut relay = relay(env)?;
        eventually("the other group", async || Ok(env.left().await? == 2)).await?;
        eventually("only the group", async || Ok(waiting(env).await? == 2)).await?;
        assert_eq!(relay.log()?.matches("is refused").count(), 1, "{}", relay.tail());
        assert!(!relay.log()?.contains("message 1"), "{}", relay.tail());
        database.query_drop("UPDATE outbox SET body = 'mended' WHERE id = '1'").await?;
        nothing_waits(env).await?;
        assert_eq!(env.left().await?, 4);
        assert_eq!(relay.stop().await?, Some(0), "{}", relay.tail());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn faults_of_sqs_lose_nothing() -> Result<()> {
    in_test_env(async |env| {
        let mysql = database(env).await?;
        let proxy = SqsProxy::start(&std::env::var("AWS_ENDPOINT_URL")?, 7)?;
        let failing =
            Fault::FailEntries { which: Which::Each(0.1), code: "InternalError".into(), sender_fault: false };
        for (fault, chance) in [(failing, 0.3), (Fault::Status(500), 0.1), (Fault::Throttle, 0.1)] {
            proxy.handle().add(Rule::on(Operation::SendMessageBatch, fault).chance(chance));
        }
        proxy.handle().add(Rule::on(Operation::SendMessageBatch, Fault::LoseAnswer).times(2));
        let endpoint = proxy.endpoint();
        let mut relay = relay_with(env, &[("AWS_ENDPOINT_URL", &endpoint)])?;
        publish(env, &mysql, numbered(300)).await?;
        nothing_waits(env).await?;
        let mut bodies: Vec<_> = env.take_left().await?.into_iter().filter_map(|m| m.body).collect();
        bodies.sort();
        bodies.dedup();
        assert_eq!(bodies.len(), 300);
        assert_eq!(relay.stop().await?, Some(0), "{}", relay.tail());
        Ok(())
    })
    .await
}
