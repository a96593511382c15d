//! A start while something is away: it is waited for, in sight, and work begins by itself.

use std::time::Duration;

use anyhow::Result;
use faultproxy::sqs::{Fault, Rule};
use faultproxy::tcp::Mode;
use nix::sys::signal::Signal;
use proof::process::Process;

use crate::http::Admin;
use crate::scene::Scene;
use crate::support::{eventually, greet, in_test_env};

const ARGUMENTS: [&str; 2] = ["--wait-time", "1s"];

/// Waits until `/readyz` says that the start waits for `what`; all other paths answer as they should.
async fn waits_for(admin: Admin, what: &str) -> Result<()> {
    eventually(what, async || Ok(admin.get("/readyz").await?.body.contains(what))).await?;
    assert_eq!((admin.get("/readyz").await?.status, admin.get("/livez").await?.status), (503, 200));
    assert!(admin.get("/metrics").await?.body.contains("\nconsumer_starting 1\n"));
    let status = admin.status().await?;
    assert_eq!(status["state"], "starting");
    assert!(status["checks"].to_string().contains(what), "{status}");
    for path in ["/pause", "/accept-rejects"] {
        assert_eq!(admin.ask("POST", path, &[], "").await?.status, 503);
    }
    Ok(())
}

/// Waits until messages sent now become rows, and stops the consumer.
async fn works(env: &proof::test_env::TestEnv, scene: &mut Scene, admin: Admin) -> Result<()> {
    greet(env, 10).await?;
    eventually("rows", async || Ok(env.count().await? == 10)).await?;
    eventually("readiness", async || Ok(admin.get("/readyz").await?.status == 200)).await?;
    assert!(admin.get("/metrics").await?.body.contains("\nconsumer_starting 0\n"));
    let log = scene.consumer.log()?;
    let waited = log.lines().filter(|line| line.contains("waiting for")).count();
    assert!(waited == 1 && log.contains("is there after"), "{log}");
    assert_eq!(scene.consumer.stop().await?, Some(0));
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_away_at_the_start_is_waited_for() -> Result<()> {
    in_test_env(async |env| {
        let mut scene =
            Scene::after(env, &ARGUMENTS, |_, database| database.handle().set_mode(Mode::Refuse))?;
        let admin = Admin::starting(&scene.consumer).await?;
        waits_for(admin, &format!("waiting for the database at {}", scene.database.address())).await?;
        scene.database.handle().set_mode(Mode::Pass);
        works(env, &mut scene, admin).await
    })
    .await
}

#[tokio::test]
async fn sqs_that_is_away_at_the_start_is_waited_for() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::after(env, &ARGUMENTS, |sqs, _| {
            sqs.handle().add(Rule::on_all(Fault::Status(503)));
        })?;
        let admin = Admin::starting(&scene.consumer).await?;
        waits_for(admin, "waiting for SQS").await?;
        scene.sqs.handle().clear();
        works(env, &mut scene, admin).await
    })
    .await
}

#[tokio::test]
async fn a_start_that_waits_is_ended_at_once() -> Result<()> {
    in_test_env(async |env| {
        for mode in [Mode::Refuse, Mode::BlackHole] {
            let mut scene = Scene::after(env, &ARGUMENTS, |_, database| database.handle().set_mode(mode))?;
            let admin = Admin::starting(&scene.consumer).await?;
            assert_eq!(admin.get("/livez").await?.status, 200);
            scene.consumer.signal(Signal::SIGTERM)?;
            let ended = scene.consumer.ended(Duration::from_secs(3)).await?;
            assert_eq!(ended.code(), Some(0), "{}", scene.consumer.tail());
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_denial_ends_a_start_also_while_something_else_is_waited_for() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::after(env, &ARGUMENTS, |sqs, database| {
            database.handle().set_mode(Mode::Refuse);
            sqs.handle().add(Rule::on_all(Fault::Denied));
        })?;
        let ended = scene.consumer.ended(Duration::from_secs(30)).await?;
        let log = scene.consumer.log()?;
        assert!(ended.code() == Some(1) && log.contains("allow sqs:GetQueueAttributes"), "{log}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn one_that_is_to_fail_fast_waits_for_nothing() -> Result<()> {
    in_test_env(async |env| {
        let closed = "mysql://app:app@127.0.0.1:1/hello";
        let variables = [("DATABASE_URL", closed), ("FAIL_FAST", "true")];
        let mut consumer = Process::start_with(env, "consumer", &[], &variables)?;
        assert_eq!(consumer.ended(Duration::from_secs(30)).await?.code(), Some(1));
        assert!(!consumer.log()?.contains("waiting"), "{}", consumer.tail());
        Ok(())
    })
    .await
}
