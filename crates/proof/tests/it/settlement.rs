//! Settlements that SQS refuses: nothing more is received, nothing is given up, the log names the right.

use std::time::Duration;

use anyhow::Result;
use faultproxy::sqs::{Fault, Operation, Rule};
use tokio::time::sleep;

use crate::http::Admin;
use crate::scene::Scene;
use crate::support::{drained, eventually, greet, on_a_bed_that_gives_up_after};

/// Eight visibility timeouts, where three receives are all that a message has.
const DENIED: Duration = Duration::from_secs(24);
const ARGUMENTS: [&str; 4] = ["--visibility-timeout", "3s", "--wait-time", "1s"];

#[tokio::test]
async fn what_is_stored_while_deletes_are_denied_is_deleted_afterwards_and_never_given_up() -> Result<()> {
    on_a_bed_that_gives_up_after(3, async |env| {
        let mut scene = Scene::on(env, &ARGUMENTS)?;
        let admin = Admin::of(&scene.consumer).await?;
        scene.sqs.handle().add(Rule::on(Operation::DeleteMessageBatch, Fault::Denied));
        greet(env, 20).await?;
        // What is received before the first delete is denied, and nothing after it.
        scene.has_logged("sqs:DeleteMessage").await?;
        // What the poll brings that is open.
        sleep(Duration::from_secs(2)).await;
        greet(env, 20).await?;
        let (receives, lines) = (scene.receives(), scene.consumer.log()?.lines().count());
        sleep(DENIED).await;
        assert_eq!(scene.receives(), receives, "received while nothing could be deleted");
        assert!(scene.consumer.log()?.lines().count() <= lines + 2, "{}", scene.consumer.tail());
        let ready = admin.get("/readyz").await?;
        assert!(ready.status == 503 && ready.body.contains("sqs:DeleteMessage"), "{}", ready.body);
        assert_eq!(admin.get("/livez").await?.status, 200);

        scene.sqs.handle().clear();
        eventually("all other rows", async || Ok(env.count().await? == 40)).await?;
        assert_eq!(admin.get("/readyz").await?.status, 200);
        drained(env, &mut scene.consumer).await?;
        assert!(env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn stopped_while_deletes_are_denied_it_says_what_is_stored_and_exits_with_3() -> Result<()> {
    on_a_bed_that_gives_up_after(3, async |env| {
        let mut scene = Scene::on(env, &["--wait-time", "1s", "--shutdown-grace", "3s"])?;
        scene.has_logged("consuming").await?;
        scene.sqs.handle().add(Rule::on(Operation::DeleteMessageBatch, Fault::Denied));
        greet(env, 1).await?;
        scene.has_logged("sqs:DeleteMessage").await?;
        assert_eq!(scene.consumer.stop().await?, Some(3));
        let log = scene.consumer.log()?;
        assert!(log.contains("left 1, of which stored and not deleted 1"), "{log}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn extensions_that_are_denied_are_told_once_a_minute_and_stop_nothing() -> Result<()> {
    on_a_bed_that_gives_up_after(10, async |env| {
        let mut scene = Scene::on(env, &ARGUMENTS)?;
        let admin = Admin::of(&scene.consumer).await?;
        scene.sqs.handle().add(Rule::on(Operation::ChangeMessageVisibilityBatch, Fault::Denied));
        scene.database.handle().set_mode(faultproxy::tcp::Mode::BlackHole);
        greet(env, 300).await?;
        scene.has_logged("sqs:ChangeMessageVisibility").await?;
        sleep(DENIED / 2).await;
        let told = scene.consumer.log()?.matches("changing visibility timeouts fails").count();
        assert_eq!(told, 1, "{}", scene.consumer.log()?);
        assert!(admin.get("/readyz").await?.body.contains("changes of visibility have failed"));

        scene.sqs.handle().clear();
        scene.database.handle().set_mode(faultproxy::tcp::Mode::Pass);
        eventually("all rows", async || Ok(env.count().await? == 300)).await?;
        drained(env, &mut scene.consumer).await?;
        assert!(env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}
