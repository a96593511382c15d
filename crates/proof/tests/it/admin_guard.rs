//! Who may reach the admin server and what they may do there.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context, Result};
use proof::process::Process;

use crate::http::Admin;
use crate::support::{consumer, eventually, in_test_env};

const CHANGES: [(&str, &str); 4] =
    [("POST", "/pause"), ("POST", "/resume"), ("POST", "/accept-rejects"), ("PUT", "/log-level")];

#[tokio::test]
async fn beyond_loopback_changes_need_the_token() -> Result<()> {
    in_test_env(async |env| {
        let arguments = ["--wait-time", "1s", "--admin-addr", "0.0.0.0:0"];
        let mut without = Process::start(env, "consumer", &arguments)?;
        let variables = [("ADMIN_TOKEN", "open-sesame"), ("RUST_LOG", "trace")];
        let mut with = Process::start_with(env, "consumer", &arguments, &variables)?;
        let (closed, open) = (Admin::of(&without).await?, Admin::of(&with).await?);
        for (method, path) in CHANGES {
            let status = async |admin: Admin, token: &str| {
                let headers = [("Authorization", token), ("Host", "consumer.example")];
                anyhow::Ok(admin.ask(method, path, &headers, "info").await?.status)
            };
            assert_eq!(status(closed, "Bearer open-sesame").await?, 403);
            assert_eq!(status(open, "Bearer open-sesam").await?, 401);
            assert_eq!(status(open, "").await?, 401);
            assert_eq!(status(open, "Bearer open-sesame").await?, 200);
        }
        let refusal = closed.ask("POST", "/pause", &[], "").await?;
        assert!(refusal.body.contains("ADMIN_TOKEN_FILE"), "{}", refusal.body);
        assert_eq!(
            (closed.status().await?["paused"].as_bool(), closed.get("/metrics").await?.status),
            (Some(false), 200)
        );
        assert_eq!((without.stop().await?, with.stop().await?), (Some(0), Some(0)));
        assert!(!with.log()?.contains("open-sesam"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_token_may_come_from_a_file_and_is_then_asked_for_on_loopback_too() -> Result<()> {
    in_test_env(async |env| {
        let file = std::env::temp_dir().join(format!("admin-token-{:016x}", fastrand::u64(..)));
        std::fs::write(&file, "from-a-file\n")?;
        let path = file.to_str().context("no path")?;
        let mut consumer =
            Process::start(env, "consumer", &["--wait-time", "1s", "--admin-token-file", path])?;
        let admin = Admin::of(&consumer).await?;
        assert_eq!(admin.ask("POST", "/pause", &[], "").await?.status, 401);
        let token = [("Authorization", "Bearer from-a-file")];
        assert_eq!(admin.ask("POST", "/pause", &token, "").await?.status, 200);
        assert_eq!(consumer.stop().await?, Some(0));
        std::fs::remove_file(file)?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn another_sites_page_neither_changes_nor_sees_anything() -> Result<()> {
    in_test_env(async |env| {
        let mut consumer = consumer(env)?;
        let admin = Admin::of(&consumer).await?;
        for (method, path) in CHANGES {
            for headers in [
                [("Origin", "http://evil.example")],
                [("Origin", "null")],
                [("Sec-Fetch-Site", "cross-site")],
                [("Host", "evil.example")],
            ] {
                assert_eq!(
                    admin.ask(method, path, &headers, "info").await?.status,
                    403,
                    "{path} {headers:?}"
                );
            }
        }
        // Its name was made to point here.
        for path in ["/", "/status", "/metrics"] {
            assert_eq!(admin.ask("GET", path, &[("Host", "evil.example")], "").await?.status, 403);
        }
        let own = format!("http://{}", admin.0);
        let same = [("Origin", own.as_str()), ("Sec-Fetch-Site", "same-origin")];
        assert_eq!(admin.ask("POST", "/pause", &same, "").await?.status, 200);
        assert_eq!(consumer.stop().await?, Some(0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_address_that_is_taken_is_refused_where_it_was_asked_for() -> Result<()> {
    in_test_env(async |env| {
        let taken = TcpListener::bind("127.0.0.1:0")?;
        let address = taken.local_addr()?.to_string();
        let mut refused = Process::start(env, "consumer", &["--admin-addr", &address])?;
        // It may be free later.
        assert_eq!(refused.ended(Duration::from_secs(30)).await?.code(), Some(1));
        let log = refused.log()?;
        assert!(log.contains("--admin-addr (ADMIN_ADDR)") && log.contains(&address), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
        let mut empty = Process::start(env, "consumer", &["--admin-token-file", "/dev/null"])?;
        assert_eq!(empty.ended(Duration::from_secs(30)).await?.code(), Some(2));
        assert!(empty.log()?.contains("ADMIN_TOKEN_FILE"), "{}", empty.tail());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn where_nothing_was_asked_for_any_number_of_consumers_have_one_each_or_none() -> Result<()> {
    in_test_env(async |env| {
        let mut consumers = [consumer(env)?, consumer(env)?, consumer(env)?];
        let mut ports = Vec::new();
        for consumer in &consumers {
            let admin = Admin::of(consumer).await?;
            assert_eq!(admin.get("/livez").await?.status, 200);
            ports.push(admin.0.port());
        }
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 3);
        let mut off = Process::start(env, "consumer", &["--wait-time", "1s", "--admin-addr", "off"])?;
        eventually("a start", async || Ok(off.log()?.contains("consuming"))).await?;
        assert!(!off.log()?.contains("admin"));
        for consumer in consumers.iter_mut().chain([&mut off]) {
            assert_eq!(consumer.stop().await?, Some(0));
        }
        Ok(())
    })
    .await
}
