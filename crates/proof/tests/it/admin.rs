//! The admin server shows how a consumer is, lets it be paused, and lasts as long as it does.

use std::time::Duration;

use anyhow::{Context, Result};
use faultproxy::sqs::{Fault, Operation, Rule};
use faultproxy::tcp::Mode;
use mysql_async::prelude::Queryable;
use nix::sys::signal::Signal;
use proof::process::Process;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::http::Admin;
use crate::scene::Scene;
use crate::support::{consumer, drained, eventually, greet, in_test_env};

/// The names of the checks that failed.
fn failed(body: &str) -> Result<Vec<String>> {
    let body: Value = serde_json::from_str(body)?;
    let checks = body["checks"].as_array().context("no checks")?;
    let failed = checks.iter().filter(|check| check["ok"] == false);
    failed.map(|check| Ok(check["name"].as_str().context("no name")?.to_owned())).collect()
}

/// Waits until `/readyz` has exactly these reasons, and `/livez` none.
async fn unready(admin: Admin, reasons: &[&str]) -> Result<()> {
    let status = if reasons.is_empty() { 200 } else { 503 };
    eventually(&format!("reasons {reasons:?}"), async || {
        let ready = admin.get("/readyz").await?;
        assert_eq!(admin.get("/livez").await?.status, 200);
        Ok(ready.status == status && failed(&ready.body)? == reasons)
    })
    .await
}

#[tokio::test]
async fn every_path_answers_in_its_own_way_and_no_other_does() -> Result<()> {
    in_test_env(async |env| {
        let mut consumer = consumer(env)?;
        let admin = Admin::of(&consumer).await?;
        let paths = [
            ("/", "text/html"),
            ("/livez", "application/json"),
            ("/readyz", "application/json"),
            ("/metrics", "text/plain; version=0.0.4"),
            ("/status", "application/json"),
            ("/log-level", "application/json"),
        ];
        for (path, content_type) in paths {
            let answer = admin.get(path).await?;
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            assert!(
                answer.head.contains(&format!("content-type: {content_type}")),
                "{path}: {}",
                answer.head
            );
            assert!(answer.head.contains("nosniff") && answer.head.contains("no-store"), "{}", answer.head);
            assert_eq!(admin.ask("HEAD", path, &[], "").await?.body, "", "{path}");
            assert_eq!(admin.ask("POST", path, &[], "").await?.status, 405, "{path}");
        }
        let policy = admin.get("/").await?.head;
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(admin.get("/pause").await?.status, 405);
        assert_eq!(admin.get("/none").await?.status, 404);
        assert_eq!(consumer.stop().await?, Some(0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn readiness_follows_the_database_the_queue_and_the_breaker() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::on(env, &["--wait-time", "1s"])?;
        let admin = Admin::of(&scene.consumer).await?;
        unready(admin, &[]).await?;
        // No message has noticed it.
        scene.database.handle().set_mode(Mode::Refuse);
        unready(admin, &["database"]).await?;
        greet(env, 20).await?;
        unready(admin, &["database", "breaker"]).await?;
        assert_eq!(admin.status().await?["state"], "database_away");
        scene.database.handle().set_mode(Mode::Pass);
        unready(admin, &[]).await?;
        scene.sqs.handle().add(Rule::on(Operation::ReceiveMessage, Fault::Status(503)));
        unready(admin, &["queue"]).await?;
        assert_eq!(admin.status().await?["state"], "queue_away");
        scene.sqs.handle().clear();
        unready(admin, &[]).await?;
        drained(env, &mut scene.consumer).await
    })
    .await
}

#[tokio::test]
async fn paused_it_receives_nothing_until_it_is_resumed() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::on(env, &["--wait-time", "1s"])?;
        let admin = Admin::of(&scene.consumer).await?;
        eventually("a poll", async || Ok(scene.receives() > 0)).await?;
        assert_eq!(admin.ask("POST", "/pause", &[], "").await?.status, 200);
        eventually("no open poll", async || Ok(scene.sqs.handle().counts().open_polls == 0)).await?;
        let receives = scene.receives();
        greet(env, 30).await?;
        sleep(Duration::from_secs(2)).await;
        assert_eq!((scene.receives(), env.count().await?), (receives, 0));
        assert_eq!(admin.status().await?["state"], "paused");
        assert_eq!(admin.get("/readyz").await?.status, 200);
        assert_eq!(admin.ask("POST", "/resume", &[], "").await?.status, 200);
        eventually("all rows", async || Ok(env.count().await? == 30)).await?;
        drained(env, &mut scene.consumer).await
    })
    .await
}

#[tokio::test]
async fn the_log_level_can_be_changed_while_it_runs_and_shows_no_bodies() -> Result<()> {
    in_test_env(async |env| {
        let variables = [("AWS_SECRET_ACCESS_KEY", "very-secret-key")];
        let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
        let admin = Admin::of(&consumer).await?;
        let set = async |level: &str| admin.ask("PUT", "/log-level", &[], level).await;
        assert!(!consumer.log()?.contains("answered"));
        for level in ["debug", "trace", "TRACE", "consumer=trace,aws=trace,hyper=trace"] {
            assert_eq!(set(level).await?.status, 200, "{level}");
        }
        env.send("very private", None).await?;
        eventually("its row", async || Ok(env.count().await? == 1)).await?;
        assert!(consumer.log()?.contains("answered"), "{}", consumer.tail());
        for nonsense in ["loud", "consumer=loud", &"x".repeat(5_000)] {
            assert_eq!(set(nonsense).await?.status, 400);
        }
        assert_eq!(set("error").await?.status, 200);
        let before = consumer.log()?.len();
        env.send("very private", None).await?;
        eventually("its row", async || Ok(env.count().await? == 2)).await?;
        assert_eq!(consumer.stop().await?, Some(0));
        let log = consumer.log()?;
        assert_eq!(log.len(), before, "{}", &log[before..]);
        for secret in ["very private", "very-secret-key", "app:app"] {
            assert!(!log.contains(secret), "{secret} is in the log");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn it_shows_the_drain_and_ends_with_it() -> Result<()> {
    in_test_env(async |env| {
        let mut consumer = Process::start(env, "consumer", &["--wait-time", "6s"])?;
        let admin = Admin::of(&consumer).await?;
        eventually("an open poll", async || Ok(admin.status().await?["polls"][0] == 1)).await?;
        consumer.signal(Signal::SIGTERM)?;
        eventually("a drain", async || Ok(admin.status().await?["state"] == "draining")).await?;
        let ready = admin.get("/readyz").await?;
        assert_eq!((ready.status, failed(&ready.body)?.as_slice()), (503, ["process".to_owned()].as_slice()));
        assert_eq!(admin.get("/livez").await?.status, 200);
        assert_eq!(consumer.ended(Duration::from_secs(20)).await?.code(), Some(0));
        assert!(admin.get("/livez").await.is_err());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn slow_and_hostile_clients_disturb_nothing() -> Result<()> {
    in_test_env(async |env| {
        let mut consumer = consumer(env)?;
        let admin = Admin::of(&consumer).await?;
        // More than it serves at once, each with half a request.
        let mut slow = Vec::new();
        for _ in 0..200 {
            let mut stream = TcpStream::connect(admin.0).await?;
            stream.write_all(b"GET /status HTTP/1.1\r\nHost: ").await?;
            slow.push(stream);
        }
        greet(env, 300).await?;
        eventually("all rows", async || Ok(env.count().await? == 300)).await?;
        assert_eq!(admin.get("/livez").await?.status, 200);
        let large = "x".repeat(1 << 20);
        let mut stream = TcpStream::connect(admin.0).await?;
        stream.write_all(format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {large}").as_bytes()).await.ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok();
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
        assert_eq!(admin.ask("PUT", "/log-level", &[], &large[..10_000]).await?.status, 400);
        assert_eq!(admin.get("/livez").await?.status, 200);
        assert_eq!(consumer.stop().await?, Some(0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn clients_that_say_nothing_or_little_keep_no_probe_from_its_answer() -> Result<()> {
    in_test_env(async |env| {
        let mut scene = Scene::on(env, &["--wait-time", "1s"])?;
        let admin = Admin::of(&scene.consumer).await?;
        scene.database.handle().set_mode(Mode::BlackHole);
        let mut clients = Vec::new();
        for number in 0..200 {
            let mut client = TcpStream::connect(admin.0).await?;
            // Nothing, half a head, or a request whose answer is never read.
            let said: &[u8] = match number % 3 {
                0 => b"",
                1 => b"GET /livez HTTP/1.1\r\nHo",
                _ => b"GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n",
            };
            client.write_all(said).await.ok();
            clients.push(client);
        }
        for _ in 0..5 {
            let live = timeout(Duration::from_secs(1), admin.get("/livez")).await;
            assert_eq!(live.context("no answer within a second")??.status, 200);
            let ready = timeout(Duration::from_secs(1), admin.get("/readyz")).await;
            assert!([200, 503].contains(&ready.context("no answer within a second")??.status));
        }
        drop(clients);
        scene.database.handle().set_mode(Mode::Pass);
        assert_eq!(scene.consumer.stop().await?, Some(0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_held_for_rejects_is_dead_lettered_once_an_operator_accepts_them() -> Result<()> {
    in_test_env(async |env| {
        let refuse = "ALTER TABLE messages ADD CONSTRAINT none CHECK (message = 'fit')";
        env.connect().await?.query_drop(refuse).await?;
        greet(env, 10).await?;
        let mut consumer = Process::start(env, "consumer", &["--wait-time", "1s", "--reject-limit", "3"])?;
        let admin = Admin::of(&consumer).await?;
        let held = async || Ok(!admin.status().await?["held_for_rejects"].is_null());
        eventually("messages held", held).await?;
        let answer = admin.ask("POST", "/accept-rejects", &[], "").await?;
        assert!(answer.status == 200 && answer.body.contains("true"), "{answer:?}");
        drained(env, &mut consumer).await?;
        assert_eq!((env.count().await?, env.take_dead_letters().await?.len()), (0, 10));
        Ok(())
    })
    .await
}
